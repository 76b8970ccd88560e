import { createTheme, MantineProvider } from '@mantine/core';
import '@mantine/core/styles.css';
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
  primaryColor: 'teal',
  primaryShade: { light: 8, dark: 7 },
  defaultRadius: 'md',
  autoContrast: true,
  luminanceThreshold: 0.35,
  fontFamily: 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  headings: { fontWeight: '650' },
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
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => styleNonce}>
      <QueryClientProvider client={client}>
        <App />
      </QueryClientProvider>
    </MantineProvider>,
  );
}
