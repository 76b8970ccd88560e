/** The parts of Tesseract's engine that are used; the package has no types. */
declare module 'tesseract.js-core/tesseract-core-simd-lstm.js' {
  interface Engine {
    /** @returns 0 on success */
    Init(dataPath: null, languages: string, mode: number, config: undefined): number;
    SetVariable(name: string, value: string): boolean;
    /**
     * Reads the file named `/input`, rotated by its EXIF orientation and then by an angle. @returns 1 if it is not an
     * image
     */
    SetImageFile(orientation: number, radians: number): number;
    SetRectangle(left: number, top: number, width: number, height: number): void;
    Recognize(monitor: null): number;
    /** The slope of the most recently detected lines. */
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
