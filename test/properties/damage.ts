import fc from 'fast-check';

/** Where, how many bytes go, and what comes in their place. */
const wound = fc.tuple(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.nat(3),
  fc.oneof(
    fc.constantFrom('', '', '[', ']', '{', '}', ',', ':', '"', '\\', '\n', '#', '&a', '*a', '- ', '0', '\ufeff', '\0'),
    fc.string({ unit: 'binary', maxLength: 4 }),
  ).map((text) => Buffer.from(text)),
); // prettier-ignore

const wounds = fc.oneof(
  { weight: 1, arbitrary: fc.constant([]) },
  { weight: 4, arbitrary: fc.array(wound, { minLength: 1, maxLength: 3 }) },
);

/** The same bytes, with some of them cut out, replaced or added; one time in five unharmed. */
export const damaged = (whole: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> =>
  fc.tuple(whole, wounds).map(([bytes, wounds]) =>
    wounds.reduce((hurt, [place, gone, come]) => {
      const start = Math.floor(place * hurt.length);
      return Buffer.concat([hurt.subarray(0, start), come, hurt.subarray(start + gone)]);
    }, bytes),
  );
