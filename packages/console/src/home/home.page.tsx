// Home: is the boundary holding, and what needs me? The sentence answers; the rest shows on what it stands.
import type { Home } from '@sentinel/contract';
import { getRouteApi } from '@tanstack/react-router';
import { ProblemView } from '../app/problem-view.tsx';
import { framePhrases } from '../phrases/en/frame.ts';
import { homePhrases as say } from '../phrases/en/home.ts';
import { RANGE_SHORT, RANGE_WORDS } from '../phrases/en/outcomes.ts';
import { Segments } from '../ui/chips.tsx';
import { HoldsGlyph, StepGlyph, TriangleGlyph } from '../ui/glyph.tsx';
import { Freshness, Page } from '../ui/page.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { HOME_RANGES, type HomeRange } from './home-search.ts';
import { useHome } from './home.queries.ts';
import { Attention, SetupList } from './attention.tsx';
import { HomeChart } from './home-chart.tsx';
import { HomeTiles } from './home-tiles.tsx';
import { RecentChanges } from './recent-changes.tsx';

const route = getRouteApi('/frame/');

export function HomePage() {
  const { range = '24h' } = route.useSearch();
  const navigate = route.useNavigate();
  const home = useHome(range);
  return (
    <Page
      title={framePhrases.pages.home}
      freshness={<Freshness at={home.dataUpdatedAt} failing={home.isRefetchError} />}
      actions={
        <Segments
          label={say.range}
          value={range}
          choices={HOME_RANGES.map((value) => ({ value, label: RANGE_SHORT[value] }))}
          onChange={(value) => void navigate({ search: value === '24h' ? {} : { range: value } })}
        />
      }
    >
      {home.data !== undefined ? (
        <HomeBody home={home.data} range={range} />
      ) : home.isError ? (
        <div className="p-8 max-phone:p-4">
          <ProblemView error={home.error} action="home:read" onRetry={() => void home.refetch()} />
        </div>
      ) : (
        <Skeleton lines={12} />
      )}
    </Page>
  );
}

function HomeBody({ home, range }: { readonly home: Home; readonly range: HomeRange }) {
  return (
    <div className="flex flex-col gap-7 py-7 max-phone:gap-6 max-phone:py-5">
      <div className="px-8 max-phone:px-4">
        <BoundarySentence home={home} range={range} />
      </div>
      <div className="px-8 max-phone:px-4">
        <HomeTiles home={home} range={range} />
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,440px)] gap-12 px-8 max-wide:grid-cols-1 max-wide:gap-7 max-phone:px-4">
        <HomeChart home={home} range={range} />
        <div className="flex flex-col gap-7">
          <Attention items={home.attention} />
          <SetupList steps={home.setup} />
        </div>
      </div>
      <RecentChanges rows={home.recent} asOf={home.asOf} />
    </div>
  );
}

function BoundarySentence({ home, range }: { readonly home: Home; readonly range: HomeRange }) {
  const things = home.attention.length;
  return (
    <div className="flex gap-4">
      <span className="flex h-7 items-center max-phone:h-6">
        <BoundaryGlyph home={home} />
      </span>
      <div>
        <p className="type-sentence">
          {home.boundaryHolds ? say.holds : say.doesNotHold} {things === 0 ? say.quiet : say.needs(things)}
        </p>
        <p className="mt-1 text-ink-2">
          {say.closedOnDoubt}{' '}
          <span className="type-strong text-ink">{home.boundaryHolds ? say.noneBlind : say.someBlind}</span>{' '}
          {say.heldBack(home.failedClosed, RANGE_WORDS[range])}
        </p>
      </div>
    </div>
  );
}

/** A triangle only where something is broken; while there is merely something to do, neither alarm nor tick. */
function BoundaryGlyph({ home }: { readonly home: Home }) {
  const broken = !home.boundaryHolds || home.attention.some(({ kind }) => kind === 'broken');
  if (broken) return <TriangleGlyph size={24} />;
  return home.attention.length > 0 ? <StepGlyph state="not_reached" size={24} /> : <HoldsGlyph size={24} />;
}
