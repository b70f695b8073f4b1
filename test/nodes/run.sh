#!/bin/sh
# Runs the fast tests, which are all but those of Debian's servers, with the version of Node that is installed here;
# arguments are those of vitest. Everything that they start runs with it, too.
set -eu
cd "$(dirname "$0")/../.."

here=$(node -p 'const { glibcVersionRuntime } = process.report.getReport().header;
  `${process.platform}-${process.arch}${glibcVersionRuntime ? "" : " without glibc"}`')
if [ "$here" != linux-x64 ]; then
  echo "The tests with another Node are SKIPPED: npm has its binary for linux-x64 with glibc, and this is $here"
  exit 0
fi

npm ci --prefix test/nodes --no-audit --no-fund
PATH=$PWD/test/nodes/node_modules/.bin:$PATH
export PATH
echo "Node $(node --version)"
exec node node_modules/vitest/vitest.mjs run --exclude 'test/integration/{dovecot,postfix}.test.ts' "$@"
