// The end of a list that is longer than what is shown: how much there is, and the way to more of it.
import { uiPhrases as say } from '../phrases/en/ui.ts';
import { Button } from './button.tsx';

interface LoadMoreProps {
  readonly shown: number;
  readonly total: number;
  readonly query: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: () => unknown;
  };
}

export function LoadMore({ shown, total, query }: LoadMoreProps) {
  return (
    <div className="type-caption type-number px-6 max-phone:px-4 py-4 text-ink-3">
      {query.hasNextPage ? (
        <Button disabled={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
          {say.loadMore(shown, total)}
        </Button>
      ) : (
        say.allShown(total)
      )}
    </div>
  );
}
