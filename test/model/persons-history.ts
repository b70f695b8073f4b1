import { Random } from '../faults/random.ts';
import {
  entryOf,
  firstFree,
  type DnKind,
  type Entry,
  type Form,
  type Listed,
  type Person,
} from './persons-entry.ts';
import { firstNames, lastNames } from './persons-names.ts';

/** What happens to one person in a year; the other figures are chances for each such event. */
const rates = { leave: 0.12, marry: 0.02, move: 0.1, respell: 0.01 };
const chances = {
  nameFollows: 0.7,
  addressFollows: 0.5,
  oldAddressKept: 0.5,
  newSerialWithName: 0.05,
  comeBack: 0.1,
  marriedMeanwhile: 0.05,
  serialKept: 0.6,
  /** A hire is chosen so that their name is one that was free again, or is so since tonight. */
  namesake: 0.05,
  namesakeOfRenamed: 0.08,
  /** Of namesakes; the only ones where the user name is the full name. */
  sameFullName: 0.05,
  addressOfPredecessor: 0.08,
  groupAddress: 0.05,
  serialUsedAgain: 0.015,
  mail: 0.3,
};

/** One organization, night after night. Nothing of it depends on what the program makes of its listings. */
export class Organization {
  readonly kind: DnKind;
  /** How many persons there were so far. */
  persons = 0;
  readonly #number: number;
  readonly #random: Random;
  readonly #scheme: 'jdoe' | 'john' | 'john.doe';
  readonly #fullNames: Form['fullNames'];
  readonly #mailboxes: 'john.doe' | 'userName' | null;
  #staff: Person[] = [];
  readonly #nightsPerYear: number;
  /** How many months have gone by. */
  #month = 0;
  #isNew = true;
  #serials = 1000;
  /** Names that are free again, the last one first. */
  #freed: { first: string; last: string; month: number }[] = [];
  readonly #left: { person: Person; month: number }[] = [];
  #due: { month: number; come: () => void }[] = [];

  constructor(
    number: number,
    kind: DnKind,
    { seed, nightsPerYear }: { seed: number; nightsPerYear: number },
  ) {
    this.kind = kind;
    this.#nightsPerYear = nightsPerYear;
    this.#number = number;
    this.#random = Random.named(seed, `organization ${number}`);
    this.#scheme = this.#random.pick(['jdoe', 'jdoe', 'john', 'john.doe']);
    const spelled = this.#random.pick(['John Doe', 'John Doe', 'John Doe', 'Doe, John', null] as const);
    this.#fullNames = kind === 'fullName' ? (spelled ?? 'John Doe') : spelled;
    this.#mailboxes = this.#random.pick(['john.doe', 'john.doe', 'userName', 'userName', null] as const);
    const size = 8 + this.#random.below(24);
    for (let i = 0; i < size; i++) this.#hire(null);
  }

  /** What the directory lists tonight. */
  next(): Listed[] {
    if (!this.#isNew) {
      this.#month += 12 / this.#nightsPerYear;
      for (const person of [...this.#staff]) this.#live(person);
      const due = this.#due.filter(({ month }) => month <= this.#month);
      this.#due = this.#due.filter(({ month }) => month > this.#month);
      for (const { come } of due) come();
      this.#freed = this.#freed.filter(({ month }) => month > this.#month - 18);
    }
    this.#isNew = false;
    return this.#staff.map((person) => ({
      person: person.id,
      kind: this.kind,
      entry: this.#entryOf(person),
      mail: this.#chance(chances.mail),
    }));
  }

  #live(person: Person): void {
    const happens = (rate: number) => this.#chance(rate / this.#nightsPerYear);
    if (happens(rates.leave)) this.#leave(person);
    else if (happens(rates.marry)) this.#marry(person);
    else if (happens(rates.move)) person.branch = this.#branch();
    else if (happens(rates.respell)) person.title = person.title === '' ? 'Dr. ' : '';
  }

  #leave(person: Person): void {
    this.#staff = this.#staff.filter((other) => other !== person);
    this.#free(person);
    this.#left.push({ person, month: this.#month });
    const roll = this.#random.next();
    const wait = roll < 0.4 ? 0 : roll < 0.8 ? 1 + this.#random.below(3) : 9 + this.#random.below(7);
    this.#later(wait, () => {
      this.#hire(person);
    });
    if (this.#chance(chances.comeBack)) {
      this.#later(1 + this.#random.below(30), () => {
        this.#comeBack(person);
      });
    }
  }

  #marry(person: Person): void {
    const before = { ...person };
    person.last = this.#random.pick(lastNames);
    if (this.#chance(chances.nameFollows)) {
      person.userName = this.#freeName(person);
      if (this.#chance(chances.newSerialWithName)) person.serial = this.#serial();
      this.#changeAddress(person);
      this.#free(before);
      if (this.#chance(chances.namesakeOfRenamed)) this.#hire(null, before);
    } else if (this.#chance(chances.addressFollows)) {
      this.#changeAddress(person);
    }
  }

  #comeBack(person: Person): void {
    if (this.#chance(chances.marriedMeanwhile)) person.last = this.#random.pick(lastNames);
    if (!this.#chance(chances.serialKept) || this.#staff.some(({ serial }) => serial === person.serial))
      person.serial = this.#serial();
    person.userName = this.#freeName(person);
    person.addresses = this.#mailbox(person);
    person.dn = null;
    this.#staff.push(person);
  }

  #hire(predecessor: Person | null, namesakeOf: Pick<Person, 'first' | 'last'> | null = null): void {
    const namesake = namesakeOf ?? (this.#chance(chances.namesake) ? this.#freedName() : null);
    const person: Person = {
      ...((namesake && this.#namesake(namesake)) ?? this.#anybody()),
      id: `${this.#number}/${++this.persons}`,
      title: '',
      userName: '',
      serial: this.#serialOfHire(),
      branch: this.#branch(),
      addresses: [],
      dn: null,
    };
    person.userName = this.#freeName(person);
    person.addresses = this.#mailbox(person);
    const [theirs] = predecessor?.addresses ?? [];
    if (theirs !== undefined && this.#isFree(theirs) && this.#chance(chances.addressOfPredecessor))
      person.addresses = [...new Set([...person.addresses, theirs])];
    if (this.#mailboxes !== null && this.#chance(chances.groupAddress))
      person.addresses.push(`info@org${this.#number}.example`);
    this.#staff.push(person);
  }

  /** Half of the time the latest. */
  #freedName = () =>
    (this.#chance(0.5) || this.#freed.length === 0 ? this.#freed[0] : this.#random.pick(this.#freed)) ?? null;

  #anybody = () => ({ first: this.#random.pick(firstNames), last: this.#random.pick(lastNames) });

  /** Somebody else to whom the same user name would be given. */
  #namesake({ first, last }: Pick<Person, 'first' | 'last'>): Pick<Person, 'first' | 'last'> | null {
    if (this.#chance(chances.sameFullName)) return { first, last };
    if (this.#scheme === 'john.doe') return null;
    if (this.#scheme === 'john') return { first, last: this.#random.pick(lastNames) };
    const others = firstNames.filter((name) => name[0] === first[0] && name !== first);
    return others.length > 0 ? { first: this.#random.pick(others), last } : null;
  }

  #free({ first, last }: Person): void {
    this.#freed.unshift({ first, last, month: this.#month });
  }

  #later(months: number, come: () => void): void {
    this.#due.push({ month: this.#month + months, come });
  }

  /** The name that the scheme gives, with a number where somebody else has it. */
  #freeName(person: Person): string {
    const [first, last] = [person.first.toLowerCase(), person.last.toLowerCase()];
    const base = { jdoe: `${first.slice(0, 1)}${last}`, john: first, 'john.doe': `${first}.${last}` }[
      this.#scheme
    ];
    const taken = new Set(this.#staff.filter((other) => other !== person).map(({ userName }) => userName));
    return firstFree(
      (n) => `${base}${n}_${this.#number}`,
      (name) => !taken.has(name),
    );
  }

  #mailbox(person: Person): string[] {
    if (this.#mailboxes === null) return [];
    const base = `${person.first}.${person.last}`.toLowerCase();
    const of = (local: string) => `${local}@org${this.#number}.example`;
    if (this.#mailboxes === 'userName') return [of(person.userName)];
    return [
      firstFree(
        (n) => of(`${base}${n}`),
        (address) => this.#isFree(address, person),
      ),
    ];
  }

  #changeAddress(person: Person): void {
    const kept = this.#chance(chances.oldAddressKept) ? person.addresses : person.addresses.slice(1);
    person.addresses = [...new Set([...this.#mailbox(person), ...kept])];
  }

  #isFree = (address: string, besides?: Person) =>
    !this.#staff.some((person) => person !== besides && person.addresses.includes(address));

  #serial = () => ++this.#serials;

  /** A number that was free for a year is given again now and then. */
  #serialOfHire(): number {
    const old = this.#left.filter(
      ({ person, month }) =>
        month <= this.#month - 12 && !this.#staff.some(({ serial }) => serial === person.serial),
    );
    return old.length > 0 && this.#chance(chances.serialUsedAgain)
      ? this.#random.pick(old).person.serial
      : this.#serial();
  }

  #branch = () => this.#random.pick(['Sales', 'Works', 'Office', 'Field']);

  #chance = (probability: number) => this.#random.next() < probability;

  #entryOf(person: Person): Entry {
    const others = new Set(this.#staff.filter((other) => other !== person).map(({ dn }) => dn?.given));
    return entryOf(
      person,
      { kind: this.kind, fullNames: this.#fullNames, root: `O=org${this.#number}` },
      others,
    );
  }
}
