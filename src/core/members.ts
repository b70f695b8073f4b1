/** The members of an entry besides the name; a directory may omit any of them. */
export const optionalMembers = ['fullName', 'distinguishedName', 'emailAddresses'] as const;
export type OptionalMember = (typeof optionalMembers)[number];

/** Every member that is read; all others are ignored. */
export const allMembers = ['userName', ...optionalMembers] as const;
export type Member = (typeof allMembers)[number];

/** How a directory writes the members of an entry. */
export interface Members {
  /** What the directory calls them. No two have the same name. */
  names: Record<Member, string>;
  /** Whether `emailAddresses` may be a string, which is a list of one address. In the protocol, that is a mistake. */
  isOneAddressString: boolean;
}

/** As the protocol calls them. */
export const protocolMembers: Members = {
  names: {
    userName: 'userName',
    fullName: 'fullName',
    distinguishedName: 'distinguishedName',
    emailAddresses: 'emailAddresses',
  },
  isOneAddressString: false,
};

/** Which member a name in an entry stands for; null for one that is not read. */
export const memberCalled = ({ names }: Members, name: string): Member | null =>
  allMembers.find((member) => names[member] === name) ?? null;
