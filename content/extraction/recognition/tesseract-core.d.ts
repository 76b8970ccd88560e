/** What is used of Tesseract's engine; the package has no types. */
declare module 'tesseract.js-core/tesseract-core-simd-lstm.js' {
  interface Engine {
    /** @returns 0 on success */
    Init(dataPath: null, languages: string, mode: number, config: undefined): number;
    SetVariable(name: string, value: string): boolean;
    /** Reads the file named `/input`, turned as the EXIF orientation says and then by an angle. @returns 1 for what is no picture */
    SetImageFile(orientation: number, radians: number): number;
    SetRectangle(left: number, top: number, width: number, height: number): void;
    Recognize(monitor: null): number;
    /** The slope of the lines that were found last. */
    GetGradient(): number;
    GetTSVText(page: number): string;
    Clear(): void;
  }

  export interface Core {
    readonly TessBaseAPI: new () => Engine;
    readonly FS: { readonly writeFile: (name: string, bytes: Uint8Array) => void };
  }

  export default function load(options: {
    readonly print: (line: string) => void;
    readonly printErr: (line: string) => void;
    readonly TesseractProgress: (percent: number) => void;
  }): Promise<Core>;
}
