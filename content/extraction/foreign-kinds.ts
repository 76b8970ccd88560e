/** Kinds of files that are not read, and what their owner can do about it. */

interface ForeignKind {
  /** Matches media types and names in lower case: such files are skipped before they are downloaded. */
  readonly name?: RegExp;
  /** Matches the beginning of the content, as `visibleStart` shows it. */
  readonly start?: RegExp;
  /** Whether the content is text; all other kinds have control characters after the letters of their mark. */
  readonly isText?: true;
  /** Matches the name of a part, for files that Microsoft's programs keep in one container (CFB). */
  readonly part?: RegExp;
  readonly message: string;
}

/** Said of kinds that need no explanation. */
export const cannotBeRead = 'Files of this type cannot be read.';
/** Unicode has pictures of the control characters, in their order. */
const firstPicture = 0x2400;
const startBytes = 128;
const saveAs = (what: string, form = 'PDF'): string => `${what} cannot be read. Save this one as ${form}.`;

const foreignKinds: readonly ForeignKind[] = [
  {
    name: /^image\/|\.(heic|heif|avif|ico|psd|psb|raw|cr2|nef|dng|emf|wmf|emz|wmz|jp2|j2k|jpx|jpf|jpm|jxl|tga|cdr)$/,
    start:
      /^(.{4}ftyp(hei|mif|avif)|8BPS|\u00D7\u00CD\u00C6\u0161|␁␀{3}.{36} EMF|␀{3}␌jP {2}|\u00FF\u004F\u00FF\u0051|␀{3}␌JXL |RIFF.{4}(CDR|CMX))/s,
    message:
      'Images of this type cannot be read. Supported types are PNG, JPEG, TIFF, WebP, GIF and BMP. Save this one as one of them.',
  },
  {
    name: /^audio\/|\.(mp3|wav|m4a|ogg|flac|aac|wma|opus|aif|aiff|amr|mid)$/,
    start: /^(ID3|OggS|fLaC|RIFF.{4}WAVE|MThd|FORM.{4}AIF|#!AMR|\u00FF[\u00F2\u00F3\u00FA\u00FB])/s,
    message: 'Audio is not transcribed.',
  },
  {
    name: /^video\/|\.(mp4|mov|avi|mkv|webm|wmv|m4v|mpg|mpeg|3gp|flv)$/,
    start: /^(.{4}ftyp(mp4|isom|M4V|qt|avc1|3gp)|[^ -~]E\u00DF\u00A3|RIFF.{4}AVI |FLV␁|␀␀␁\u00BA)/s,
    message: 'Video is not transcribed.',
  },
  {
    name: /x-7z|rar$|\.(7z|rar|cab|iso|dmg|arj|ace|lzh|lha|lz|lzma)$/,
    start: /^(7z\u00BC\u00AF|Rar!|\u0060\u00EA.{4}[␀-␐]|.{7}\*\*ACE\*\*|.{2}-lh[0-7d]-|LZIP|MSCF␀)/s,
    message: 'Archives of this kind are not unpacked. Supported kinds are zip, tar, gzip, bzip2, xz and zstd.',
  },
  {
    name: /zip|compressed|x-tar|gzip|\.(zip|tar|gz|tgz|7z|rar|bz2|xz|zst|jar|war|apk|dmg|iso|img|cab|deb|rpm|msi|pkg)$/,
    message: 'Archives are not unpacked.',
  },
  {
    name: /ms-outlook-pst|\.(pst|ost)$/,
    start: /^!BDN/,
    message: 'Data files of Outlook cannot be read. Save the mails in it as .msg or .eml files, or sync the mailbox.',
  },
  {
    name: /\.(mdb|accdb|sqlite3?)$/,
    start: /^(.{4}Standard (Jet|ACE) DB|SQLite format 3)/s,
    message: 'Databases cannot be read. Export the tables as CSV files.',
  },
  { name: /\.(vsd|vss|vst|vdw)$/, part: /^VisioDocument$/, message: saveAs('Old drawings of Visio', 'VSDX or PDF') },
  { name: /\.(mpp|mpt)$/, part: /^Props(9|12|14)?$/, message: saveAs('Plans of Microsoft Project', 'XML or PDF') },
  { part: /^Quill$/, message: saveAs('Documents of Publisher') },
  { name: /\.wps$/, part: /^MatOST$/i, message: saveAs('Documents of Microsoft Works', 'DOCX or PDF') },
  {
    part: /^Star(Writer|Calc|Draw|Impress)Document\d?$/,
    message: saveAs('Documents of StarOffice from before 2002', 'OpenDocument or PDF'),
  },
  {
    name: /wordperfect|\.wpd$/,
    start: /^\u00FFWPC/,
    message: saveAs('Documents of WordPerfect', 'DOCX or PDF'),
  },
  { start: /^HWP Document File V[1-3]/, message: saveAs('Documents of Hangul from before 2000', 'HWPX or PDF') },
  { name: /djvu|\.djv$/, start: /^AT&TFORM/, message: saveAs('DjVu files') },
  { name: /\.chm$/, start: /^ITSF/, message: 'Compiled help files cannot be read.' },
  {
    name: /postscript|\.eps$/,
    isText: true,
    start: /^(%!PS|\u00C5\u00D0\u00D3\u00C6|␛%-12345X)/,
    message: saveAs('Print files (PostScript, PCL)'),
  },
  { name: /\.(dwg|dwt|dwf|dgn)$/, start: /^(AC10\d\d␀|\(DWF V)/, message: saveAs('Technical drawings') },
  {
    name: /\.(exe|dll|so|dylib|bin|com|sys|class|pyc|o|a|lib|obj|js\.map|css\.map|wasm|node|db|ttf|otf|woff2?|eot|parquet|feather|avro|npy|npz|pkl|h5|hdf5|onnx|pt|safetensors|gguf|blend|stl|fbx|glb|swf|sketch|fig|lnk|torrent)$/,
    message: cannotBeRead,
  },
];

/** @returns the first bytes, decoded as windows-1252, with a picture of each control character: `␀` for the first one */
export function visibleStart(bytes: Uint8Array): string {
  const start = new TextDecoder('windows-1252').decode(bytes.subarray(0, startBytes));
  return start.replaceAll(/\p{Cc}/gu, (control) => String.fromCharCode(firstPicture + control.charCodeAt(0)));
}

/** Explains why a file of this media type, or of this name, is not downloaded; undefined if it is. */
export function reasonByName(mimeType: string, name: string): string | undefined {
  // Of a name only its ending counts: a list of zip codes is no archive.
  const known = [mimeType.toLowerCase(), /(\.[^.\s]{1,20}){1,2}$/.exec(name.toLowerCase().slice(-50))?.[0] ?? ''];
  return foreignKinds.find((kind) => known.some((part) => kind.name?.test(part) === true))?.message;
}

/** @param start the beginning of the content, as `visibleStart` shows it */
export function reasonByContent(start: string): string | undefined {
  const hasControls = /[␀-␈␎-␚␜-␟]/u.test(start);
  return foreignKinds.find((kind) => kind.start?.test(start) === true && (hasControls || kind.isText === true))
    ?.message;
}

/** @param parts the names in a container of Microsoft's programs */
export function reasonByParts(parts: readonly string[]): string {
  const found = foreignKinds.find((kind) => parts.some((part) => kind.part?.test(part) === true));
  return found?.message ?? cannotBeRead;
}
