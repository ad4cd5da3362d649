// Copies a text; says so for a moment where the eye already is.
import { Check } from '@phosphor-icons/react/dist/csr/Check';
import { type ReactNode, useEffect, useState } from 'react';
import { uiPhrases as say } from '../phrases/en/ui.ts';
import { Button } from './button.tsx';

interface CopyButtonProps {
  readonly text: string;
  readonly label: string;
  readonly icon: ReactNode;
}

export function CopyButton({ text, label, icon }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <Button
      look="plain"
      size="small"
      onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
    >
      {copied ? <Check size={14} aria-hidden /> : icon}
      <span aria-live="polite">{copied ? say.copied : label}</span>
    </Button>
  );
}

/** A line for a terminal, with its copy button. */
export function CommandLine({ command }: { readonly command: string }) {
  return (
    <div className="flex max-w-full items-center gap-3 rounded-box border border-line bg-code py-1.5 pr-1.5 pl-3">
      <code className="type-mono min-w-0 grow overflow-x-auto whitespace-nowrap">
        <span aria-hidden className="text-ink-3 select-none">
          ${' '}
        </span>
        {command}
      </code>
      <CopyButton text={command} label={say.copy} icon={null} />
    </div>
  );
}
