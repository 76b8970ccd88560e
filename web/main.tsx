import { createTheme, type CSSVariablesResolver, MantineProvider } from '@mantine/core';
import '@mantine/core/styles.css';
import { Notifications } from '@mantine/notifications';
import '@mantine/notifications/styles.css';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { ProblemError } from './api/client.ts';
import { App } from './app.tsx';
import './page.css';

/** Styles that are made as one goes carry the nonce of the document; without it the policy refuses them. */
const styleNonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? '';
// What keeps the page from scrolling behind a dialogue looks for it under this name.
Object.assign(globalThis, { __webpack_nonce__: styleNonce });

const theme = createTheme({
  // Water rather than mint.
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
  fontFamily: 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  headings: { fontWeight: '650' },
});

/** Under white words. */
const deepRed = {
  '--mantine-color-red-filled': 'var(--mantine-color-red-9)',
  '--mantine-color-red-filled-hover': '#a92323',
};

/** Words beside the main ones, dark enough (or light enough) to be read on every ground of the page: 4.5 to 1 and better. */
const legible: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    ...deepRed,
    '--mantine-color-error': 'var(--mantine-color-red-9)',
    // Of notes, badges and buttons in a light shade of their colour.
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
    '--mantine-color-dimmed': '#a9b2bb',
    '--mantine-color-placeholder': '#98a1ab',
    '--mantine-color-anchor': 'var(--mantine-color-teal-3)',
  },
});

const signedOut = (error: Error): void => {
  if (error instanceof ProblemError && error.status === 401) void client.invalidateQueries({ queryKey: ['session'] });
};
const client = new QueryClient({
  queryCache: new QueryCache({ onError: signedOut }),
  mutationCache: new MutationCache({ onError: signedOut }),
  defaultOptions: {
    queries: {
      staleTime: 2000,
      // What was asked wrongly stays wrong; what did not answer may answer yet.
      retry: (failures, error) =>
        failures < 2 && error instanceof ProblemError && (error.status === 0 || error.status >= 500),
    },
  },
});

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
        <Notifications position="bottom-right" autoClose={3000} />
        <App />
      </QueryClientProvider>
    </MantineProvider>,
  );
}
