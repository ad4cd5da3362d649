// Buttons and links that look like them. One solid button per view; the rest are quiet or plain.
import { createLink } from '@tanstack/react-router';
import type { ComponentProps } from 'react';

export type ButtonLook = 'solid' | 'quiet' | 'plain' | 'danger';

const BASE =
  'type-body type-strong inline-flex shrink-0 items-center justify-center gap-2 rounded-control whitespace-nowrap select-none pointer-coarse:min-h-11 disabled:opacity-60';
const LOOKS: Record<ButtonLook, string> = {
  solid: 'bg-solid text-on-solid shadow-button hover:opacity-90',
  quiet: 'border border-line-strong bg-surface text-ink shadow-button hover:bg-hover',
  plain: 'text-ink-2 hover:bg-hover hover:text-ink',
  danger: 'border border-broken-fill bg-surface text-broken hover:bg-broken-tint',
};
const SIZES = { normal: 'h-8 px-3', small: 'h-7 px-2.5 text-[12px]' };

interface Look {
  readonly look?: ButtonLook;
  readonly size?: keyof typeof SIZES;
}

const classes = (look: ButtonLook = 'quiet', size: keyof typeof SIZES = 'normal'): string =>
  `${BASE} ${LOOKS[look]} ${SIZES[size]}`;

export function Button({ look, size, ...rest }: ComponentProps<'button'> & Look) {
  return <button type="button" {...rest} className={classes(look, size)} />;
}

/** A router link that looks like a button. */
export const ButtonLink = createLink(function ButtonAnchor({ look, size, ...rest }: ComponentProps<'a'> & Look) {
  return <a {...rest} className={classes(look, size)} />;
});

/** A plain anchor that looks like a button: a download, or a page outside the console. */
export function ButtonAnchor({ look, size, ...rest }: ComponentProps<'a'> & Look) {
  return <a {...rest} className={classes(look, size)} />;
}

/** A square button with only an icon; its name is required. */
export function IconButton({ label, ...rest }: ComponentProps<'button'> & { readonly label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className="inline-flex size-7 shrink-0 items-center justify-center rounded-control text-ink-2 hover:bg-hover hover:text-ink pointer-coarse:size-11"
    />
  );
}

/** A key of the keyboard, as a hint. */
export function KeyCap({ children }: { readonly children: string }) {
  return (
    <kbd className="type-mono inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-key border border-line-strong px-1 text-[11px] text-ink-3">
      {children}
    </kbd>
  );
}
