// A place to drop a file, or to choose one. The real file input is what the keyboard and screen readers meet.
import { FileArrowUp } from '@phosphor-icons/react/dist/csr/FileArrowUp';
import { useId, useState } from 'react';

interface FileDropProps {
  readonly title: string;
  readonly hint: string;
  /** Value for the input's accept attribute. */
  readonly accept: string;
  readonly busy: boolean;
  readonly onFile: (file: File) => void;
}

export function FileDrop({ title, hint, accept, busy, onFile }: FileDropProps) {
  const [over, setOver] = useState(false);
  const id = useId();
  return (
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer.files[0];
        if (file !== undefined && !busy) onFile(file);
      }}
      className={`relative flex items-center gap-4 rounded-box border border-dashed px-5 py-6 focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-focus ${over ? 'border-ink bg-selected' : 'border-control hover:bg-hover'}`}
    >
      <FileArrowUp size={18} aria-hidden className="shrink-0 text-ink-2" />
      <div className="min-w-0">
        <label htmlFor={id} className="type-strong block">
          {title}
        </label>
        <p id={`${id}-hint`} className="type-caption text-ink-2">
          {hint}
        </p>
      </div>
      <input
        id={id}
        type="file"
        accept={accept}
        disabled={busy}
        aria-describedby={`${id}-hint`}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file !== undefined) onFile(file);
          event.target.value = '';
        }}
        className="absolute inset-0 cursor-pointer opacity-0"
      />
    </div>
  );
}
