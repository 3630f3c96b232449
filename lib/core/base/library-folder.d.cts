/** Where the library lies: `dist` of the package, or `lib` of its sources. */
export declare const libraryFolder: string;
