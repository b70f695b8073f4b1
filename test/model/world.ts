/** A small world: what is stored, what the directory lists, and how the run is asked for. */
export interface World {
  users: User[];
  archives: Archive[];
  listing: Entry[];
  /** User names that the scope leaves out. */
  outOfScope: string[];
  options: { deleteUsers: boolean; renames: boolean; takeOver: 'agreed' | 'always' };
  /** Names or patterns, as given to `--same` and `--new`. */
  answers: { same: string[]; new: string[] };
  /** Another entry of the same listing, outside this world, keeps everybody from being deleted. */
  unreadableElsewhere: boolean;
  /** The date of the run, for the name of what is set aside. */
  today: string;
}

export interface User {
  userName: string;
  authentication: 'directoryServices' | 'integrated';
  fullName: string | null;
  distinguishedName: string | null;
  emailAddresses: string[];
  privileges: string[];
  /** An earlier run already found that the directory no longer lists them. */
  gone: boolean;
}

export interface Person {
  userName: string;
  fullName: string | null;
  distinguishedName: string | null;
  emailAddresses: string[];
}

export interface Archive {
  name: string;
  owner: string | null;
  messages: number;
  /** The users who may read it. */
  access: string[];
  /** Of an archive without an owner: who owned it last, where that is known. */
  lastOwner: Person | null;
}

export interface Entry {
  userName: string | null;
  fullName: string | null;
  distinguishedName: string | null;
  emailAddresses: string[];
  /**
   * What of it cannot be read; null when all can. Where that is `userName` or `distinguishedName`, that member of
   * this object is null. `other` stands for a member that says nothing about who it is.
   */
  unreadable: 'userName' | 'distinguishedName' | 'other' | null;
}

export interface State {
  users: User[];
  archives: Archive[];
}

/** A user with the archive that is their own. */
export type UserState = Omit<User, 'authentication' | 'gone'> & { archive: string | null };

export interface Change {
  action: 'create' | 'rename' | 'update' | 'delete';
  /** The name before; for a new user the name they get. */
  userName: string;
  before: UserState | null;
  after: UserState | null;
  identity: 'distinguishedName' | 'name' | 'same' | 'new' | null;
  archive: null | {
    outcome: 'kept' | 'takenOver' | 'setAside' | 'deleted';
    /** Of the archive after the run; of one that is deleted, its last name. */
    name: string;
    messages: number;
    /** Users who lost their access by it, without the owner, by name. */
    accessEnded: string[];
  };
}

export interface Notice {
  reason: 'integrated' | 'admin' | 'gone' | 'nameTaken' | 'unsure' | 'goneCounting' | 'held';
  userName: string;
}

export interface Doubt {
  reason: 'contradictsName' | 'contradictsDn' | 'ownerlessArchive';
  /** As the directory lists it. */
  userName: string;
  /** The names of all stored users whom the entry may mean; none for `ownerlessArchive`. */
  mayMean: string[];
}

/** What a run says and does. Order never counts; the lists are sorted by whoever compares them. */
export interface Prediction {
  /** Why an answer is refused; then nothing else is said and nothing is done. */
  refused: null | 'notInDoubt' | 'both' | 'several' | 'sameUser' | 'nameTaken' | 'admin';
  changes: Change[];
  notices: Notice[];
  doubts: Doubt[];
  /** Positions in the listing of the entries that are skipped, from 1. */
  skipped: number[];
  after: State;
}
