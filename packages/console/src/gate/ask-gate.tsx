// The question and its answer side by side: four address fields or a dropped file, and the explanation. Nothing of
// it is kept here either: leaving the page forgets it.
import type { AskAnswer } from '@sentinel/contract';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { ProblemView } from '../app/problem-view.tsx';
import { askPhrases as say } from '../phrases/en/ask.ts';
import { Button } from '../ui/button.tsx';
import { Segments } from '../ui/chips.tsx';
import { ExplainPanel } from '../ui/explain-panel.tsx';
import { Field } from '../ui/field.tsx';
import { FileDrop } from '../ui/file-drop.tsx';
import { Notice } from '../ui/notice.tsx';
import { useAsk, useAskFile } from './gate.queries.ts';

const FIELDS = ['from', 'to', 'cc', 'bcc'] as const;

interface AskGateProps {
  /** Told once an answer is there. */
  readonly onAnswer?: () => void;
}

export function AskGate({ onAnswer = () => {} }: AskGateProps) {
  const ask = useAsk();
  const askFile = useAskFile();
  const [latest, setLatest] = useState<'pasted' | 'file'>('pasted');
  const current = latest === 'file' ? askFile : ask;
  return (
    <div className="grid grid-cols-[minmax(0,440px)_minmax(0,560px)] gap-12 max-wide:grid-cols-1 max-wide:gap-8">
      <div className="flex flex-col gap-5">
        <FileDrop
          title={say.drop}
          hint={say.dropHint}
          accept=".eml,.ics,message/rfc822,text/calendar"
          busy={askFile.isPending}
          onFile={(file) => {
            setLatest('file');
            askFile.mutate(file, { onSuccess: onAnswer });
          }}
        />
        <AddressForm
          busy={ask.isPending}
          onAsk={(fields) => {
            setLatest('pasted');
            ask.mutate(fields, { onSuccess: onAnswer });
          }}
        />
      </div>
      <section aria-label={say.answer} aria-live="polite" className="min-w-0">
        {current.isPending ? (
          <Notice look="live" title={say.deciding} />
        ) : current.isError ? (
          <ProblemView error={current.error} action="gate:ask" />
        ) : current.data === undefined ? (
          <p className="text-ink-3">{say.waiting}</p>
        ) : (
          <Answers key={current.submittedAt} answers={current.data} place={latest === 'file' ? say.file : say.pasted} />
        )}
      </section>
    </div>
  );
}

type AddressFields = Record<(typeof FIELDS)[number], string>;

function AddressForm({ busy, onAsk }: { readonly busy: boolean; readonly onAsk: (fields: AddressFields) => void }) {
  const [fields, setFields] = useState<AddressFields>({ from: '', to: '', cc: '', bcc: '' });
  const [mistake, setMistake] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const empty = FIELDS.every((field) => fields[field].trim() === '');
    setMistake(empty ? say.needOne : null);
    if (!empty) onAsk(fields);
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3" noValidate>
      <h2 className="type-section">{say.paste}</h2>
      {FIELDS.map((field) => (
        <Field
          key={field}
          label={say[field]}
          value={fields[field]}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setFields({ ...fields, [field]: event.target.value })}
          {...(field === 'from' ? { mistake, help: say.pasteHelp } : {})}
        />
      ))}
      <div>
        <Button type="submit" look="solid" disabled={busy}>
          {say.ask}
        </Button>
      </div>
    </form>
  );
}

function Answers({ answers, place }: { readonly answers: readonly AskAnswer[]; readonly place: string }) {
  const [shown, setShown] = useState('1');
  const top = useRef<HTMLDivElement>(null);
  // On a narrow screen the answer stands below the question.
  useEffect(() => {
    top.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  const answer = answers[Number(shown) - 1];
  if (answer === undefined) return <p className="text-ink-2">{say.noMessage}</p>;
  return (
    <div ref={top} className="flex scroll-my-16 flex-col gap-4">
      {answers.length > 1 && (
        <div className="flex flex-wrap items-center gap-3">
          <span className="text-ink-2">{say.ofMany(answers.length)}</span>
          <Segments
            label={say.which}
            value={shown}
            onChange={setShown}
            choices={answers.slice(0, 20).map((_, index) => ({ value: String(index + 1), label: say.nth(index + 1) }))}
          />
        </div>
      )}
      <ExplainPanel explanation={answer.explanation} place={place} />
    </div>
  );
}
