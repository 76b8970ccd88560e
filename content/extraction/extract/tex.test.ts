/** Tests that TeX is read as people see it when it is printed. */

import { describe, expect, test } from '@jest/globals';
import { extractTex } from './tex.ts';

const textOf = (source: string): string => extractTex(source).text;

describe('words', () => {
  test.each([
    [
      'accents in braces, as old letters have them',
      String.raw`M{\"u}ller, Erd{\H o}s, {\v S}koda`,
      'Müller, Erdős, Škoda',
    ],
    [
      'fonts within words',
      String.raw`un\emph{believ}able \textsc{N}umber {\bf P}roblem`,
      'unbelievable Number Problem',
    ],
    ['a sign behind a font', String.raw`the \emph{Marit}, \texttt{main\_loop}.`, 'the Marit, main_loop.'],
    ['breaks in words', String.raw`har\-bour mas\-ter`, 'harbour master'],
    ['signs', String.raw`\S~5: \pounds 40 \copyright{} A\&B C:\textbackslash dir\ldots`, '§ 5: £40 © A&B C:\\dir…'],
    ['quotes and dashes', "``High'' --- 1--2", '“High” — 1–2'],
    ['names of programs', String.raw`The \TeX book, \LaTeX{} too`, 'The TeXbook, LaTeX too'],
    [
      'addresses',
      String.raw`\url{https://a.example/b_c%20d} \href{https://a.example}{tides}`,
      'https://a.example/b_c%20d [tides](https://a.example)',
    ],
    ['a note', String.raw`The ferry\footnote{Built in \textbf{1990}.} sails.`, 'The ferry (Built in 1990.) sails.'],
    [
      'what was cited',
      String.raw`See \cite[p.~3]{knuth84} and \citep{lamport,ana}.`,
      'See [knuth84, p. 3] and [lamport,ana].',
    ],
    ['numbers of pages', String.raw`Section~\ref{sec:a} on \pageref{sec:a}`, 'Section on'],
  ])('%s', (_name, source, expected) => {
    expect(textOf(source)).toBe(expected);
  });

  test('macros are written out; what names itself comes to an end', () => {
    const macros = String.raw`\newcommand{\ship}[1]{the \emph{#1}}\def\harbor{Svolv\ae r}\newcommand\due[2][40]{#1 for #2}`;
    expect(textOf(String.raw`${macros}\ship{Marit} to \harbor{}: \due{a day}, \due[50]{a night}`)).toBe(
      'the Marit to Svolvær: 40 for a day, 50 for a night',
    );
    expect(textOf(String.raw`\def\a{x\a\a}\def\b{\b\b}\a\b end`)).toMatch(/^x/);
    expect(textOf(String.raw`\def\bold#1{\textbf{#1}}\def\turn#1#2{#2 #1}\bold{Marit} sails, \turn{a}{b} end`)).toBe(
      'Marit sails, b a end',
    );
    // Written out, it would be longer than memory.
    const long = `\\newcommand{\\a}[1]{${'#1'.repeat(100_000)}}\\a{${'x'.repeat(20_000)}} end`;
    expect(textOf(long)).toBe('end');
  });

  test('nothing of comments, and what stands before the document only with its title', () => {
    const source = String.raw`\documentclass{article}\newtheorem{thm}{Theorem}
\title{Tides of \textbf{Lofoten}}\author{Ana \and Liv}
\begin{document}\maketitle
Costs\\% not this
are 5\% % nor this
now. \iffalse hidden \fi
\begin{comment}
gone
\end{comment}
\end{document}
behind`;
    expect(extractTex(source)).toEqual({
      title: 'Tides of Lofoten',
      text: 'Tides of Lofoten\n\nAna, Liv\n\nCosts\nare 5% now.',
    });
  });
});

describe('structure', () => {
  test('headings with commands and braces', () => {
    expect(
      textOf(String.raw`\section*{The \texorpdfstring{$n$}{n} case: \textit{a {nested} title}}\label{a}Text`),
    ).toBe('## The n case: a nested title\n\nText');
    expect(textOf(String.raw`\begin{frame}{Plan}One\end{frame}\begin{frame}\frametitle{Next}Two\end{frame}`)).toBe(
      '### Plan\n\nOne\n\n### Next\n\nTwo',
    );
  });

  test('lists have their numbers', () => {
    const lists = String.raw`\begin{enumerate}\item Sail \item Land
      \begin{itemize}\item[!] with care\end{itemize} \item Rest\end{enumerate}`;
    expect(textOf(lists)).toBe('1. Sail\n2. Land\n\n- ! with care\n\n3. Rest');
  });

  test('tables have cells, without what describes their columns', () => {
    const table = String.raw`\begin{tabular}{l|p{3cm}}\toprule Ship & Due \\[2pt] \midrule
Marit \& Ana & 40 \\ \multicolumn{2}{c}{in all} \\ \bottomrule\end{tabular}`;
    expect(textOf(table)).toBe('Ship | Due\nMarit & Ana | 40\nin all');
  });

  test('formulas and code stay as they are', () => {
    expect(
      textOf(String.raw`$\frac{1}{2} \leq x$ and \[ \sum_{i} i \] \begin{equation}\label{a} E = mc^2 \end{equation}`),
    ).toBe('$\\frac{1}{2} \\leq x$ and \\[\\sum_{i} i\\]\n\n$$E = mc^2$$');
    const code = 'def f(x):  # 100 % of\n    return {x: $y}';
    expect(textOf(`\\begin{lstlisting}[language=Python]\n${code}\n\\end{lstlisting}`)).toBe(`\`\`\`\n${code}\n\`\`\``);
    expect(textOf(String.raw`\verb|x_1 % y| and \verb+$a$+`)).toBe('x_1 % y and $a$');
  });

  test('what is not closed is read all the same', () => {
    expect(textOf(String.raw`\section{Tides \emph{high $ water \begin{equation} now`)).toContain('now');
  });
});
