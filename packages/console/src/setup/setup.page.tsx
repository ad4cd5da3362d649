// The first start: from the one-time link to the first explained answer. The step stands in the address.
import type { Home } from '@sentinel/contract';
import { getRouteApi } from '@tanstack/react-router';
import { Funnel } from '@phosphor-icons/react/dist/csr/Funnel';
import { House } from '@phosphor-icons/react/dist/csr/House';
import { type ReactNode, useState } from 'react';
import { SessionGuard } from '../app/guard.tsx';
import { useLinkToken } from '../app/link-token.ts';
import { useSetupState } from '../app/session.ts';
import { AskGate } from '../gate/ask-gate.tsx';
import { BookImport } from '../gate/book-import.tsx';
import { useHome } from '../home/home.queries.ts';
import { setupPhrases as say } from '../phrases/en/setup.ts';
import { Button, ButtonAnchor, ButtonLink } from '../ui/button.tsx';
import { ChoiceCards } from '../ui/choice-cards.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { AlreadySetUp, NoToken } from './link-states.tsx';
import { SetupFrame, StepHead } from './setup-frame.tsx';
import type { SetupStep } from './setup-search.ts';
import { WorkspaceForm } from './workspace-form.tsx';

const route = getRouteApi('/setup');

export function SetupPage() {
  const { step = 'workspace' } = route.useSearch();
  const navigate = route.useNavigate();
  const go = (next: SetupStep) => void navigate({ search: { step: next } });
  if (step === 'workspace') {
    return (
      <SetupFrame step={step}>
        <FirstStep onCreated={() => go('goal')} />
      </SetupFrame>
    );
  }
  // The guard stands around the frame: what it shows instead is a page of its own.
  return (
    <SessionGuard>
      <SetupFrame step={step}>
        <LaterStep step={step} onGo={go} />
      </SetupFrame>
    </SessionGuard>
  );
}

function FirstStep({ onCreated }: { readonly onCreated: () => void }) {
  const token = useLinkToken();
  const state = useSetupState();
  if (state.data === undefined && !state.isError) return <Skeleton />;
  if (state.data?.needed === false) return <AlreadySetUp />;
  if (token === null) return <NoToken />;
  return <WorkspaceForm token={token} onCreated={onCreated} />;
}

function LaterStep({
  step,
  onGo,
}: {
  readonly step: Exclude<SetupStep, 'workspace'>;
  readonly onGo: (step: SetupStep) => void;
}) {
  switch (step) {
    case 'goal':
      return <GoalStep onGo={onGo} />;
    case 'contacts':
      return (
        <>
          <StepHead {...say.contacts} />
          <div className="max-w-[640px]">
            <BookImport onDone={() => onGo('ask')} />
          </div>
          <StepFoot onBack={() => onGo('goal')} note={say.contacts.later}>
            <Button onClick={() => onGo('ask')}>{say.contacts.skip}</Button>
          </StepFoot>
        </>
      );
    case 'ask':
      return <AskStep onGo={onGo} />;
    case 'done':
      return <DoneStep />;
  }
}

function GoalStep({ onGo }: { readonly onGo: (step: SetupStep) => void }) {
  const navigate = route.useNavigate();
  const [goal, setGoal] = useState<'gate' | 'look'>('gate');
  return (
    <>
      <StepHead title={say.goal.title} why={say.goal.why} />
      <ChoiceCards
        label={say.goal.title}
        value={goal}
        onChange={setGoal}
        choices={[
          { value: 'gate', title: say.goal.gate, note: say.goal.gateNote, icon: <Funnel size={16} aria-hidden /> },
          { value: 'look', title: say.goal.look, note: say.goal.lookNote, icon: <House size={16} aria-hidden /> },
        ]}
      />
      <div className="mt-8">
        <Button look="solid" onClick={() => (goal === 'gate' ? onGo('contacts') : void navigate({ to: '/' }))}>
          {say.goal.next}
        </Button>
      </div>
    </>
  );
}

function AskStep({ onGo }: { readonly onGo: (step: SetupStep) => void }) {
  const [answered, setAnswered] = useState(false);
  return (
    <>
      <StepHead {...say.ask} />
      <AskGate onAnswer={() => setAnswered(true)} />
      <StepFoot onBack={() => onGo('contacts')} note={say.contacts.later}>
        <Button onClick={() => onGo('done')}>{answered ? say.ask.next : say.contacts.skip}</Button>
      </StepFoot>
    </>
  );
}

function DoneStep() {
  const home = useHome('24h');
  if (home.data === undefined && !home.isError) return <Skeleton />;
  return (
    <>
      <StepHead {...say.done[whatHappened(home.data?.setup ?? [])]} />
      <ul className="mb-8 max-w-[560px] divide-y divide-line border-y border-line">
        <li className="py-3">
          <ButtonLink to="/audit">{say.done.audit}</ButtonLink>
          <p className="type-caption mt-1 text-ink-2">{say.done.auditNote}</p>
        </li>
        <li className="py-3">
          <ButtonLink to="/ledger">{say.done.explain}</ButtonLink>
          <p className="type-caption mt-1 text-ink-2">{say.done.explainNote}</p>
        </li>
        <li className="py-3">
          <ButtonAnchor href="/docs/api">{say.done.docs}</ButtonAnchor>
          <p className="type-caption mt-1 text-ink-2">{say.done.docsNote}</p>
        </li>
      </ul>
      <ButtonLink to="/" look="solid">
        {say.done.home}
      </ButtonLink>
    </>
  );
}

/** As far as the setup really went; steps can be skipped. */
function whatHappened(steps: Home['setup']): 'asked' | 'open' | 'closed' {
  const done = (key: string) => steps.some((step) => step.key === key && step.done);
  if (done('ask')) return 'asked';
  return done('book') ? 'open' : 'closed';
}

function StepFoot({
  onBack,
  note,
  children,
}: {
  readonly onBack: () => void;
  readonly note: string;
  readonly children: ReactNode;
}) {
  return (
    <div className="mt-8 flex flex-wrap items-center gap-3">
      <Button look="plain" onClick={onBack}>
        {say.back}
      </Button>
      <span className="type-caption ml-auto text-ink-2">{note}</span>
      {children}
    </div>
  );
}
