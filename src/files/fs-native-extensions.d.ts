declare module 'fs-native-extensions' {
  const native: {
    /** Takes an exclusive lock on an open file, or returns false without waiting. */
    tryLock: (file: number) => boolean;
  };
  export default native;
}
