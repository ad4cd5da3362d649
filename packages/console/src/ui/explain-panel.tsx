// The explain panel: the sentence, the trace, what was true then, and the nearest yes. Stored outcomes, answers of
// "Ask the gate" and dropped files are all shown by this one component. A dropped message shows counts only.
import type { Explanation, MatchedContact, Step } from '@sentinel/contract';
import type { OutcomeFamily } from '@sentinel/contract/outcomes';
import { explainPhrases as say } from '../phrases/en/explain.ts';
import { formatFull, formatNumber, formatTime } from '../phrases/format.ts';
import { OutcomeGlyph } from './glyph.tsx';
import { familyOf, familyText, Token } from './outcome-pill.tsx';
import { Pips, pipsOf } from './pips.tsx';
import { type BarLook, Trace, type TraceStep } from './trace.tsx';

interface ExplainPanelProps {
  readonly explanation: Explanation;
  /** Where it came from, such as "mail file". */
  readonly place: string;
}

const BARS: Record<OutcomeFamily, BarLook> = {
  passed: 'mute',
  duplicate: 'mute',
  dropped: 'no',
  failed_closed: 'broken',
};

export function ExplainPanel({ explanation, place }: ExplainPanelProps) {
  const family = familyOf(explanation.outcome);
  return (
    <div className="flex flex-col gap-4">
      <Sentence explanation={explanation} family={family} place={place} />
      <Trace label={say.steps} steps={traceSteps(explanation.steps, family)} bar={BARS[family]} />
      {explanation.matched.length > 0 && <Matched contacts={explanation.matched} />}
      <dl className="type-caption flex flex-wrap gap-x-5 gap-y-1 border-t border-line pt-3 text-ink-2">
        <Fact label={say.policy} value={`v${explanation.policyVersion}`} />
        <Fact label={say.book} value={formatNumber(explanation.bookRevision)} />
        <Fact
          label={say.decidedAt}
          value={formatTime(explanation.decidedAt)}
          title={formatFull(explanation.decidedAt)}
        />
      </dl>
      {explanation.nearestYes.length > 0 && <NearestYes ways={explanation.nearestYes} />}
    </div>
  );
}

function Sentence({ explanation, family, place }: ExplainPanelProps & { readonly family: OutcomeFamily }) {
  const { lead, rest } = splitSentence(explanation.sentence, say.leads[family]);
  return (
    <div className="flex gap-2.5">
      <span className="flex h-6 w-6 shrink-0 items-center justify-center">
        <OutcomeGlyph family={family} size={22} />
      </span>
      <div className="min-w-0">
        <h3 className="type-verdict">
          <span className={familyText(family)}>{lead}</span> {rest}
        </h3>
        <p className="type-caption mt-1 flex flex-wrap items-center gap-2 text-ink-2">
          <Token>{explanation.outcome}</Token>
          <span title={formatFull(explanation.decidedAt)} className="type-number">
            {place}, {formatTime(explanation.decidedAt)}
          </span>
        </p>
      </div>
    </div>
  );
}

/** Separates the coloured lead ("Dropped:") from the rest; a sentence without one gets the lead of its family. */
export function splitSentence(sentence: string, lead: string): { lead: string; rest: string } {
  const colon = sentence.indexOf(':');
  if (colon > 0 && colon <= 20) return { lead: sentence.slice(0, colon + 1), rest: sentence.slice(colon + 1).trim() };
  return { lead: `${lead}:`, rest: sentence.charAt(0).toLowerCase() + sentence.slice(1) };
}

function traceSteps(steps: readonly Step[], family: OutcomeFamily): TraceStep[] {
  return steps.map((step, index) => {
    const ends =
      (index === steps.length - 1 && step.state === 'passed') ||
      (step.state === 'stopped' && family === 'failed_closed');
    return {
      key: step.rule,
      name: say.rules[step.rule],
      finding: step.finding,
      state: step.state,
      rule: step.rule,
      figures: <Figures step={step} />,
      ...(ends ? { mark: <OutcomeGlyph family={family} /> } : {}),
    };
  });
}

function Figures({ step }: { readonly step: Step }) {
  if (step.after === null) return <span aria-hidden>–</span>;
  if (step.before === null) return <CountWithPips before={step.after} after={step.after} unknown={false} />;
  return <CountWithPips before={step.before} after={step.after} unknown={step.rule === 'book.match'} both />;
}

interface CountProps {
  readonly before: number;
  readonly after: number;
  readonly unknown: boolean;
  readonly both?: boolean;
}

function CountWithPips({ before, after, unknown, both = false }: CountProps) {
  return (
    <>
      <Pips fates={pipsOf(before, after, unknown ? 'unknown' : 'removed')} />
      <span className="min-w-11 text-right">
        <span aria-hidden>
          {both && <span className="text-ink-3">{formatNumber(before)} → </span>}
          <span className="type-strong">{formatNumber(after)}</span>
        </span>
        <span className="sr-only">{both ? say.countChange(before, after) : formatNumber(after)}</span>
      </span>
    </>
  );
}

function Fact({ label, value, title }: { readonly label: string; readonly value: string; readonly title?: string }) {
  return (
    <div className="flex gap-1" title={title}>
      <dt>{label}</dt>
      <dd className="type-strong type-number text-ink">{value}</dd>
    </div>
  );
}

function Matched({ contacts }: { readonly contacts: readonly MatchedContact[] }) {
  return (
    <section>
      <h4 className="type-caption type-strong mb-1.5 text-ink-2">{say.matched}</h4>
      <ul className="divide-y divide-line rounded-box border border-line">
        {contacts.map((contact) => (
          <li key={contact.address} className="flex flex-wrap items-baseline gap-x-2 px-3 py-2">
            {contact.name !== null && <span className="type-strong">{contact.name}</span>}
            <span className="type-caption break-all text-ink-2">{contact.address}</span>
            {!contact.current && <span className="type-caption text-ink-3">{say.leftSince}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function NearestYes({ ways }: { readonly ways: Explanation['nearestYes'] }) {
  return (
    <section>
      <h4 className="type-caption type-strong mb-1.5 text-ink-2">{say.nearestYes}</h4>
      <ol className="divide-y divide-line rounded-box border border-line">
        {ways.slice(0, 3).map((way, index) => (
          <li key={way.title} className="flex items-start gap-3 px-3 py-2.5">
            <span
              aria-hidden
              className="type-label type-number mt-0.5 flex size-[18px] shrink-0 items-center justify-center rounded-full border border-control text-ink-2"
            >
              {index + 1}
            </span>
            <div>
              <p className="type-strong">{way.title}</p>
              <p className="type-caption text-ink-2">{way.consequence}</p>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
