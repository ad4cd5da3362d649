// Questions about the applications of the installation, and changing them. For platform administrators.
import type { ClientApp, ServiceApp, ServiceAppSecret } from '@sentinel/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { get, send } from '../app/api.ts';
import type { AppKind } from './access-search.ts';

const APPS = ['apps'] as const;
const PATHS = { service: '/admin/service-apps', client: '/admin/client-apps' } as const satisfies Record<
  AppKind,
  string
>;

export const useServiceApps = () =>
  useQuery({ queryKey: [...APPS, 'services'], queryFn: ({ signal }) => get<ServiceApp[]>(PATHS.service, signal) });

export const useClientApps = () =>
  useQuery({ queryKey: [...APPS, 'clients'], queryFn: ({ signal }) => get<ClientApp[]>(PATHS.client, signal) });

function useAppsAgain() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: APPS });
}

export interface NewService {
  readonly name: string;
  readonly service_name: string;
  readonly allowed_origins: readonly string[];
}

/** Answers the service with its key, which nobody is told again. */
export const useAddService = () =>
  useMutation({
    mutationFn: (service: NewService) => send<ServiceAppSecret>('POST', PATHS.service, service),
    onSuccess: useAppsAgain(),
  });

export const useAddClient = () =>
  useMutation({
    mutationFn: (client: { readonly name: string; readonly redirect_uris: readonly string[] }) =>
      send<ClientApp>('POST', PATHS.client, client),
    onSuccess: useAppsAgain(),
  });

export const useRotateKey = () =>
  useMutation({
    mutationFn: ({ id, graceSeconds }: { readonly id: string; readonly graceSeconds: number }) =>
      send<ServiceAppSecret>('POST', `${PATHS.service}/${id}/rotate-key`, { grace_seconds: graceSeconds }),
    onSuccess: useAppsAgain(),
  });

interface AppRef {
  readonly kind: AppKind;
  readonly id: string;
}

export const useSwitchApp = () =>
  useMutation({
    mutationFn: ({ kind, id, on }: AppRef & { readonly on: boolean }) =>
      send<unknown>('PATCH', `${PATHS[kind]}/${id}`, { is_active: on }),
    onSettled: useAppsAgain(),
  });

export const useDeleteApp = () =>
  useMutation({
    mutationFn: ({ kind, id }: AppRef) => send<unknown>('DELETE', `${PATHS[kind]}/${id}`),
    onSuccess: useAppsAgain(),
  });
