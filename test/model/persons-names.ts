/** Over few initials, as names are. */
export const firstNames = `
  Adam Alan Alice Amy Andrea Anna Anton Ben Bert Bianca Carl Carla Chris Clara Daniel David Diana Dora Emil Emma Eric
  Eva Felix Fiona Frank Greta Hanna Hans Helen Ian Ida Ines Jack James Jane John Judith Julia Karin Karl Kate Laura
  Leo Lena Lisa Marc Maria Martin Mia Michael Nina Nora Olaf Paul Paula Peter Robert Sandra Sarah Simon Sophie Stefan
  Thomas Tim Tina Ursula Vera Victor Walter`
  .trim()
  .split(/\s+/);

const common = ['Miller', 'Smith', 'Fisher', 'Baker', 'Weber', 'Meyer', 'Wagner', 'Cook', 'Hill', 'Hunter'];
const beginnings = 'Ander Berg Brock Clay Dahl Eber Falk Gold Hart Holm Kirch Lind Mann Nord Oster'.split(
  ' ',
);
const endings = 'er mann son berg field feld stein wood ham ing dorf'.split(' ');

/** Some are frequent, most are rare. */
export const lastNames = [
  ...common.flatMap((name) => [name, name, name]),
  ...beginnings.flatMap((beginning) => endings.map((ending) => beginning + ending)),
];
