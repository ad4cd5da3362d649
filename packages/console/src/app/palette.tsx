// Find or do, from anywhere: contacts and ledger entries, acts, pages. Shows only what one may do.
import type { BookPage } from '@sentinel/contract';
import { MagnifyingGlass } from '@phosphor-icons/react/dist/csr/MagnifyingGlass';
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { framePhrases } from '../phrases/en/frame.ts';
import { KeyCap } from '../ui/button.tsx';
import { get, withQuery } from './api.ts';
import { type PaletteEntry, type PaletteGroup, usePaletteEntries } from './palette-entries.tsx';
import { useMay } from './session.ts';

const say = framePhrases.palette;
const MOST_ROWS = 9;

interface PaletteProps {
  readonly onClose: () => void;
  readonly onShortcuts: () => void;
}

export function Palette({ onClose, onShortcuts }: PaletteProps) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const contacts = useFoundContacts(text);
  const all = usePaletteEntries({ text, contacts, onShortcuts });
  const entries = useMemo(() => all.slice(0, MOST_ROWS), [all]);
  const chosen = Math.min(at, entries.length - 1);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const run = (entry: PaletteEntry | undefined) => {
    if (entry === undefined) return;
    onClose();
    entry.run();
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt((chosen + step + entries.length) % Math.max(1, entries.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(entries[chosen]);
    }
  };
  return (
    // A click on the backdrop lands on the dialog itself; the keyboard has Esc.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={dialog}
      aria-label={say.label}
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && onClose()}
      className="mx-auto mt-28 mb-0 w-[640px] max-w-[calc(100vw-24px)] overflow-hidden rounded-float bg-surface text-ink shadow-float max-phone:mt-4"
    >
      <div className="flex h-14 items-center gap-3 border-b border-line px-4">
        <MagnifyingGlass size={16} aria-hidden className="shrink-0 text-ink-2" />
        <input
          role="combobox"
          aria-label={say.label}
          aria-expanded={entries.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={entries.length > 0 ? `${id}-${chosen}` : undefined}
          aria-autocomplete="list"
          autoComplete="off"
          spellCheck={false}
          placeholder={say.label}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKey}
          className="type-input w-full bg-transparent placeholder:text-ink-3 focus-visible:outline-none"
        />
        <KeyCap>Esc</KeyCap>
      </div>
      <PaletteList id={id} text={text.trim()} entries={entries} chosen={chosen} onPoint={setAt} onRun={run} />
      <p className="type-caption flex h-10 items-center gap-4 border-t border-line px-4 text-ink-2">
        <span className="flex items-center gap-1.5">
          <KeyCap>↑</KeyCap>
          <KeyCap>↓</KeyCap> {say.move}
        </span>
        <span className="flex items-center gap-1.5">
          <KeyCap>↵</KeyCap> {say.open}
        </span>
        <span className="ml-auto max-phone:hidden">{say.promise}</span>
      </p>
    </dialog>
  );
}

/** Contacts that fit, once there is something to look for. */
function useFoundContacts(text: string): BookPage['items'] {
  const mayRead = useMay('book:read');
  const [settled, setSettled] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text.trim()), 150);
    return () => clearTimeout(timer);
  }, [text]);
  const found = useQuery({
    queryKey: ['book', 'contacts', 'palette', settled],
    enabled: mayRead && settled.length >= 2,
    queryFn: ({ signal }) => get<BookPage>(withQuery('/v1/book/contacts', { search: settled, limit: 4 }), signal),
  });
  return settled.length >= 2 ? (found.data?.items ?? []) : [];
}

const GROUPS: readonly PaletteGroup[] = ['find', 'act', 'goTo'];

interface ListProps {
  readonly id: string;
  readonly text: string;
  readonly entries: readonly PaletteEntry[];
  readonly chosen: number;
  readonly onPoint: (index: number) => void;
  readonly onRun: (entry: PaletteEntry) => void;
}

function PaletteList({ id, text, entries, chosen, onPoint, onRun }: ListProps) {
  if (entries.length === 0) return <p className="px-4 py-5 text-ink-2">{say.nothing}</p>;
  return (
    <div
      id={`${id}-list`}
      role="listbox"
      aria-label={say.label}
      className="max-h-[min(480px,60dvh)] overflow-y-auto pb-2"
    >
      {GROUPS.filter((group) => entries.some((entry) => entry.group === group)).map((group) => (
        <div key={group} role="group" aria-label={say[group]}>
          <p aria-hidden className="type-label type-strong px-4 pt-3 pb-1 text-ink-3">
            {say[group]}
          </p>
          {entries.map((entry, index) =>
            entry.group === group ? (
              // The input keeps the focus and handles the keys (combobox pattern).
              // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
              <div
                key={entry.key}
                id={`${id}-${index}`}
                role="option"
                aria-selected={index === chosen}
                onMouseMove={() => onPoint(index)}
                onClick={() => onRun(entry)}
                className="flex h-10 cursor-pointer items-center gap-3 px-4 aria-selected:bg-selected"
              >
                <span className="text-ink-2">{entry.icon}</span>
                <span className="truncate">
                  <Match name={entry.name} text={text} />
                </span>
                <span className="truncate text-ink-3">{entry.note}</span>
                <span className="ml-auto flex gap-1">
                  {(index === chosen ? ['↵'] : entry.keys).map((key) => (
                    <KeyCap key={key}>{key}</KeyCap>
                  ))}
                </span>
              </div>
            ) : null,
          )}
        </div>
      ))}
    </div>
  );
}

/** A name with the part that matches in bold. */
function Match({ name, text }: { readonly name: string; readonly text: string }) {
  const at = text === '' ? -1 : name.toLowerCase().indexOf(text.toLowerCase());
  if (at === -1) return name;
  return (
    <>
      {name.slice(0, at)}
      <b className="font-[650]">{name.slice(at, at + text.length)}</b>
      {name.slice(at + text.length)}
    </>
  );
}
