import { createTheme, type CSSVariablesResolver, MantineProvider } from '@mantine/core';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { ProblemError } from './api/client.ts';
import { App } from './app.tsx';
import { holdUnsaved } from './components/unsaved.ts';
import './styles.ts';

/** Styles made at run time carry the document’s nonce; the content security policy refuses them otherwise. */
const styleNonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? '';
// The library that locks scrolling behind a dialog reads the nonce from this global.
Object.assign(globalThis, { __webpack_nonce__: styleNonce });

const theme = createTheme({
  colors: {
    teal: [
      '#f0f9f8',
      '#dff1ee',
      '#bfe2dd',
      '#98d0c9',
      '#6fbdb4',
      '#4aa79d',
      '#2c8f85',
      '#0f766e',
      '#0b5f58',
      '#084a45',
    ],
  },
  primaryColor: 'teal',
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'md',
  respectReducedMotion: true,
  fontFamily: 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  headings: { fontWeight: '650' },
});

/** These shades are dark enough under white text. */
const deepRed = {
  '--mantine-color-red-filled': 'var(--mantine-color-red-9)',
  '--mantine-color-red-filled-hover': '#a92323',
};

/** The light variant of a color in the dark scheme: a tint of the background, since the library’s own is glaring there. */
function tinted(name: string, rgb: string, text: string): Readonly<Record<string, string>> {
  return {
    [`--mantine-color-${name}-light`]: `rgba(${rgb}, 0.14)`,
    [`--mantine-color-${name}-light-hover`]: `rgba(${rgb}, 0.22)`,
    [`--mantine-color-${name}-light-color`]: text,
  };
}

/** Secondary text colors with a contrast of at least 4.5 to 1 on every background of the page. */
const legible: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    ...deepRed,
    '--mantine-color-error': 'var(--mantine-color-red-9)',
    // Text of alerts, badges and buttons of the light variant.
    '--mantine-color-yellow-light-color': '#7a4500',
    '--mantine-color-orange-light-color': '#8a3408',
    '--mantine-color-red-light-color': '#a51d1d',
    '--mantine-color-blue-light-color': '#124f88',
    '--mantine-color-dimmed': '#5c6670',
    '--mantine-color-placeholder': '#68727d',
    '--mantine-color-anchor': 'var(--mantine-color-teal-7)',
  },
  dark: {
    ...deepRed,
    '--mantine-color-error': 'var(--mantine-color-red-4)',
    ...tinted('teal', '74, 167, 157', 'var(--mantine-color-teal-2)'),
    ...tinted('red', '250, 82, 82', 'var(--mantine-color-red-3)'),
    ...tinted('orange', '253, 126, 20', 'var(--mantine-color-orange-3)'),
    ...tinted('yellow', '250, 176, 5', 'var(--mantine-color-yellow-3)'),
    ...tinted('blue', '34, 139, 230', 'var(--mantine-color-blue-3)'),
    '--mantine-color-dimmed': '#a9b2bb',
    '--mantine-color-placeholder': '#98a1ab',
    '--mantine-color-anchor': 'var(--mantine-color-teal-3)',
  },
});

/** When a page asks again for what it has nothing of, in milliseconds. */
const againMs = 5000;

/** Nothing answered, or what is behind it is away. */
const isPassing = (error: Error | null): boolean =>
  error instanceof ProblemError && (error.status === 0 || error.status >= 500);

const signedOut = (error: Error): void => {
  if (error instanceof ProblemError && error.status === 401) void client.invalidateQueries({ queryKey: ['session'] });
};
const client = new QueryClient({
  queryCache: new QueryCache({ onError: signedOut }),
  mutationCache: new MutationCache({ onError: signedOut }),
  defaultOptions: {
    mutations: { networkMode: 'always' },
    queries: {
      staleTime: 2000,
      // Requests are also sent if the browser believes to be offline, because Headwater may run on this machine.
      networkMode: 'always',
      // A refused request stays refused; one without an answer may succeed later.
      retry: (failures, error) => failures < 2 && isPassing(error),
      // A page that shows only why it is empty fills itself once the answer is there.
      refetchInterval: ({ state: { data, error } }) => (data === undefined && isPassing(error) ? againMs : false),
    },
  },
});

holdUnsaved();

const place = document.getElementById('root');
if (place !== null) {
  createRoot(place).render(
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      cssVariablesResolver={legible}
      getStyleNonce={() => styleNonce}
    >
      <QueryClientProvider client={client}>
        <App />
      </QueryClientProvider>
    </MantineProvider>,
  );
}
