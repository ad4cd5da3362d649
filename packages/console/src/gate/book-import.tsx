// Importing contacts: drop a file, see in numbers what would change and how its columns were read, then do it.
import type { BookImportReport } from '@sentinel/contract';
import { useState } from 'react';
import { ProblemView } from '../app/problem-view.tsx';
import { bookPhrases } from '../phrases/en/book.ts';
import { formatNumber } from '../phrases/format.ts';
import { Button } from '../ui/button.tsx';
import { DialogActions } from '../ui/dialog.tsx';
import { FileDrop } from '../ui/file-drop.tsx';
import { Notice } from '../ui/notice.tsx';
import { Token } from '../ui/outcome-pill.tsx';
import { useImport } from './book.queries.ts';

const say = bookPhrases.importDialog;

interface BookImportProps {
  readonly onDone: (report: BookImportReport) => void;
}

export function BookImport({ onDone }: BookImportProps) {
  const trial = useImport();
  const real = useImport();
  const [file, setFile] = useState<File | null>(null);
  const choose = (chosen: File) => {
    setFile(chosen);
    real.reset();
    trial.mutate({ file: chosen, dryRun: true });
  };
  const restart = () => {
    setFile(null);
    trial.reset();
    real.reset();
  };
  if (file === null || trial.isError) {
    return (
      <div className="flex flex-col gap-4">
        {trial.isError && <ProblemView error={trial.error} action="book:import" />}
        <FileDrop
          title={say.drop}
          hint={say.hint}
          accept=".csv,.vcf,.vcard,text/csv,text/vcard"
          busy={trial.isPending}
          onFile={choose}
        />
      </div>
    );
  }
  if (trial.data === undefined) return <Notice look="live" title={say.reading} />;
  const changes = trial.data.added + trial.data.changed;
  return (
    <div className="flex flex-col gap-4">
      <TrialReport report={trial.data} />
      {real.isError && <ProblemView error={real.error} action="book:import" />}
      <DialogActions>
        <Button look="plain" onClick={restart}>
          {say.another}
        </Button>
        <Button
          look="solid"
          disabled={changes === 0 || real.isPending}
          onClick={() => real.mutate({ file, dryRun: false }, { onSuccess: onDone })}
        >
          {say.go(changes)}
        </Button>
      </DialogActions>
    </div>
  );
}

function TrialReport({ report }: { readonly report: BookImportReport }) {
  const layout = say.layouts[report.format === 'vcard' ? 'vcard' : report.layout] ?? report.layout;
  const figures = [
    { label: say.added, value: report.added },
    { label: say.changed, value: report.changed },
    { label: say.unchanged, value: report.unchanged },
    { label: say.skipped, value: report.skippedTotal },
  ];
  return (
    <>
      <p className="text-ink-2">{say.readAs(layout, report.rows)}</p>
      <dl className="grid grid-cols-4 border-y border-line py-3 max-phone:grid-cols-2 max-phone:gap-y-3">
        {figures.map(({ label, value }) => (
          <div key={label} className="flex flex-col-reverse">
            <dt className="type-caption text-ink-2">{label}</dt>
            <dd className="type-tile">{formatNumber(value)}</dd>
          </div>
        ))}
      </dl>
      {report.added + report.changed === 0 && <p className="text-ink-2">{say.nothing}</p>}
      <ColumnMap columns={report.columns} />
      <Skipped report={report} />
    </>
  );
}

function ColumnMap({ columns }: { readonly columns: BookImportReport['columns'] }) {
  const pairs = Object.entries(columns);
  if (pairs.length === 0) return null;
  return (
    <details open={pairs.length <= 6}>
      <summary className="type-caption type-strong py-1 text-ink-2">{say.columns}</summary>
      <table className="type-caption mt-1 w-full">
        <thead>
          <tr className="text-left text-ink-3">
            <th scope="col" className="w-1/2 py-1 font-medium">
              {say.inFile}
            </th>
            <th scope="col" className="py-1 font-medium">
              {say.takenFor}
            </th>
          </tr>
        </thead>
        <tbody>
          {pairs.map(([column, field]) => (
            <tr key={column} className="border-t border-line">
              <td className="py-1 pr-3 break-words">{column}</td>
              <td className="py-1">{say.field(field)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Skipped({ report }: { readonly report: BookImportReport }) {
  if (report.skippedTotal === 0) return null;
  return (
    <details>
      <summary className="type-caption type-strong py-1 text-ink-2">{say.skippedTitle(report.skippedTotal)}</summary>
      <ul className="type-caption mt-1 max-h-40 overflow-y-auto" tabIndex={0}>
        {report.skipped.map(({ row, column, reason }) => (
          <li key={`${row} ${column ?? ''} ${reason}`} className="flex gap-3 border-t border-line py-1">
            <span className="type-number shrink-0 text-ink-3">{say.row(row, column)}</span>
            <span className="min-w-0 text-ink-2">
              {say.reason(reason)} <Token>{reason}</Token>
            </span>
          </li>
        ))}
      </ul>
      {report.skippedTotal > report.skipped.length && (
        <p className="type-caption mt-1 text-ink-3">{say.firstOnly(report.skipped.length)}</p>
      )}
    </details>
  );
}
