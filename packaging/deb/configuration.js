const database = `# database:
#   url: postgres://rollcall:\${DATABASE_PASSWORD}@localhost:5432/archive
#   schema: rollcall
`;

const store = `# On this machine the user rollcall is the role rollcall, without a password:
# "url: postgres:///archive?host=/run/postgresql".
#
# database:
#   url: postgres:///archive?host=/run/postgresql
#   schema: rollcall
database:
  embedded: /var/lib/rollcall/store
`;

/** The example configuration for a system: the folder of /etc is no place for data. */
export function systemConfiguration(example) {
  if (!example.includes(database))
    throw new Error('config.example.yaml no longer has the section of the database that is replaced here');
  return example.replace(database, store);
}
