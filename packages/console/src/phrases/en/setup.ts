// Words of the first start and of signing in by a link.

export const setupPhrases = {
  promise: ['Deny unless proven.', 'Say why. Keep nothing', 'that may not be kept.'],
  length: 'About three minutes, and you can stop at any step.',
  linkNote: 'The setup link works once.',
  trace: 'Steps of the setup',
  steps: {
    workspace: {
      name: 'Name the workspace',
      after: 'Workspace named',
      finding: 'and say who you are',
      found: 'you are the owner',
    },
    goal: {
      name: 'Choose a first goal',
      after: 'First goal',
      finding: 'what do you want first?',
      found: 'gate my messages',
    },
    contacts: {
      name: 'Import contacts',
      after: 'Contact book',
      finding: 'who opens the gate',
      found: 'who opens the gate',
    },
    ask: {
      name: 'First answer',
      after: 'First answer',
      finding: 'one message, explained',
      found: 'one message, explained',
    },
    done: {
      name: 'Look around',
      after: 'Look around',
      finding: 'three links to look around',
      found: 'three links to look around',
    },
  },
  pageTitle: 'Set up',
  form: {
    title: 'Whose boundary is this?',
    why: 'You become the owner. Everything stays on this machine.',
    workspace: 'Workspace',
    workspaceHelp: 'The name of your company or team.',
    name: 'Your name',
    email: 'Your address',
    emailHelp: 'Your own mail never counts as a participant.',
    domains: 'Your domains',
    domainsHelp: 'People at these are colleagues; their addresses never open the gate. Several with commas.',
    domainsExample: 'acme.example',
    create: 'Create the workspace',
    creating: 'Creating…',
    missing: {
      workspace: 'Give the workspace a name.',
      name: 'Say how you are called.',
      email: 'Write your address in full, such as mira@acme.example.',
    },
    noDomain: (domain: string) => `“${domain}” is not a domain. Write it like acme.example.`,
    noDomains: 'These are not all domains. Write them like acme.example, acme.test.',
    aboutDomain: (domain: string, sentence: string) => `About “${domain}”: ${sentence}`,
  },
  goal: {
    title: 'What do you want first?',
    why: 'You can do the rest later, from Home.',
    gate: 'Gate my messages',
    gateNote: 'Keep known contacts only',
    look: 'Look around',
    lookNote: 'Start from Home',
    next: 'Continue',
  },
  contacts: {
    title: 'Who opens the gate?',
    why: 'A message is kept only if one of its participants is in your contact book.',
    skip: 'Skip for now',
    later: 'You can finish later from Home',
  },
  ask: {
    title: 'Ask about one message',
    why: 'Drop any mail you have. You see whether it would be kept, and every step of why.',
    next: 'Continue',
  },
  done: {
    asked: {
      title: 'What just happened',
      why: 'Sentinel decided over a message, and can show how. Three places to look:',
    },
    open: {
      title: 'Your workspace is ready',
      why: 'Your contacts open the gate from the next message on. Three places to look:',
    },
    closed: {
      title: 'Your workspace is ready',
      why: 'The gate stays closed until the contact book holds somebody; Home has the next steps. Three places to look:',
    },
    audit: 'Audit',
    auditNote: 'every act so far, chained so that nothing can be changed unseen',
    explain: 'Ledger',
    explainNote: 'where each message that comes in will be explained',
    docs: 'API reference',
    docsNote: 'the same over HTTP',
    home: 'Go to Home',
  },
  skipped: 'skipped for now',
  back: 'Back',
  noToken: {
    title: 'Open the setup link',
    detail:
      'Setting up needs the link that the start of Sentinel printed. If this page was loaded anew, open the link again: it works until it is used.',
  },
  linkInvalid: {
    title: 'This link does not work any more',
    detail: 'It was used, or its time is over. Print a new one in a terminal where Sentinel is installed:',
  },
  alreadySetUp: {
    title: 'This Sentinel is set up already',
    detail: 'Sign in instead. Print a link in a terminal where Sentinel is installed:',
  },
  signIn: {
    title: 'Signing in',
    working: 'Signing in…',
    noToken: 'This page needs the link that `sentinel open` prints.',
  },
} as const;
