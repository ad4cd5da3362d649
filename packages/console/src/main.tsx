// Starts the console: takes a one-time token out of the address before anything else sees it, then mounts the app.
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { takeLinkToken } from './app/link-token.ts';
import { createQueryClient } from './app/query-client.ts';
import { router } from './app/router.tsx';
import { followSystemTheme } from './app/theme.ts';

takeLinkToken();
followSystemTheme();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root element');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={createQueryClient()}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
