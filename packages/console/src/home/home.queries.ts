// Home's one question to the server.
import type { Home } from '@sentinel/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { get } from '../app/api.ts';
import type { HomeRange } from './home-search.ts';

export const useHome = (range: HomeRange, enabled = true) =>
  useQuery({
    queryKey: ['home', range],
    enabled,
    queryFn: ({ signal }) => get<Home>(`/v1/home?range=${range}`, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
