// What an authorization service must hold against, in two lists: OAuth, OpenID Connect and JWT, and the OWASP Application
// Security Verification Standard 5.0 with the API Security Top 10. A test says which line it proves by a comment
// `// Proves: OAuth 26, ASVS 21.` above it; a line without a test says here why it has none.

export interface ChecklistLine {
  readonly id: string;
  readonly requirement: string;
  /** RFC, specification or ASVS section. */
  readonly source: string;
  /** Why no test proves it, or what no test proves of it. */
  readonly absent?: string;
}

const LATER_ROLES = 'Custom roles and relations are not part of this service yet.';
const NO_DPOP = 'Sender-constrained tokens and pushed requests are not offered, so nothing announces or accepts them.';
const NO_INTROSPECTION =
  'Not offered: services verify tokens with the key set, and ask us with the token where they need the live answer.';

const oauth = (number: number, requirement: string, source: string, absent?: string): ChecklistLine => ({
  id: `OAuth ${number}`,
  requirement,
  source,
  ...(absent === undefined ? {} : { absent }),
});

const asvs = (number: number, requirement: string, source: string, absent?: string): ChecklistLine => ({
  id: `ASVS ${number}`,
  requirement,
  source,
  ...(absent === undefined ? {} : { absent }),
});

export const CHECKLIST: readonly ChecklistLine[] = [
  oauth(1, 'Only listed algorithms per issuer; none, HS* and every other are refused.', 'RFC 8725 §3.1–3.2'),
  oauth(
    2,
    'Keys named inside a token (jku, x5u, jwk) are never followed; kid is looked up and nothing else.',
    'RFC 8725 §3.10',
  ),
  oauth(3, 'The issuer matches exactly and its keys verify only its own tokens.', 'OIDC Core §3.1.3.7'),
  oauth(4, 'The audience is configured and required; further audiences need a trusted azp.', 'OIDC Core §3.1.3.7'),
  oauth(5, 'exp, iat and sub must be there and have the right type.', 'RFC 7519 §4.1'),
  oauth(
    6,
    'Times in the future beyond 60 seconds are refused, and the tolerance lengthens no life.',
    'RFC 7519 §4.1.4–4.1.6',
  ),
  oauth(7, 'Each kind of token is told apart; each endpoint refuses the others.', 'RFC 8725 §3.11'),
  oauth(8, 'Unknown critical headers, unencoded payloads, encryption and compression are refused.', 'RFC 7515 §4.1.11'),
  oauth(9, 'Oversized, misshapen or ambiguous tokens are refused without a fault.', 'RFC 8725 §2.4'),
  oauth(
    10,
    'Google, Entra ID and GitHub are held to their own rules: issuers, pinned tenant, tokens bound to our client.',
    'provider pages',
  ),
  oauth(
    11,
    'Who somebody is, is issuer and subject; no address links to a person who has signed in another way.',
    'OIDC Core §5.7',
  ),
  oauth(12, 'Weak keys are not used: RSA from 2048 bits on.', 'RFC 8725 §3.5'),
  oauth(
    13,
    'A new key is found with one fetch; a flood of unknown ones causes one in 30 seconds.',
    'OIDC Core §10.1.1',
  ),
  oauth(14, 'While an issuer is down known keys serve for a bounded time, then nothing does.', 'OIDC Core §10.1.1'),
  oauth(15, 'A withdrawn key verifies no longer than its cache lasts.', 'OIDC Core §10.1.1'),
  oauth(
    16,
    'Key sets come by https, without redirects, within time and size, and from no private address.',
    'ASVS 1.3.6',
  ),
  oauth(
    17,
    'Our own keys are published before they sign and stay until their tokens died; no private part leaves.',
    'RFC 7517',
  ),
  oauth(
    18,
    'An authz token lasts five minutes and belongs to one subject at the identity provider.',
    'access contract',
  ),
  oauth(19, 'A token minted for one service is refused by another.', 'RFC 9068 §2.2'),
  oauth(
    20,
    'The workspace of a token is the one of the address, and a removed member is refused at once.',
    'access contract',
  ),
  oauth(21, 'Minting needs a service; unknown providers and expired tokens are refused.', 'access contract'),
  oauth(
    22,
    'The key of a service and the token of a person are checked on each request; one never stands in for the other.',
    'access contract',
  ),
  oauth(23, 'Redirect addresses match exactly; a mismatch is shown and never followed.', 'RFC 9700 §2.1'),
  oauth(24, 'PKCE with S256 is demanded; plain, missing and wrong ones are refused.', 'RFC 9700 §2.1.1'),
  oauth(
    25,
    'Our own leg has state, nonce and PKCE bound to the browser, good once and for ten minutes.',
    'RFC 9700 §4.7',
  ),
  oauth(
    26,
    'A code is good once; of simultaneous uses one wins, and a second use ends what the first made.',
    'RFC 9700 §4.13',
  ),
  oauth(27, 'The provider that answers is the one that was asked.', 'RFC 9207'),
  oauth(28, 'Our tokens never stand in an address; answers that hold one are not stored.', 'RFC 9700 §4.3'),
  oauth(29, 'Redirects after a form are 303.', 'RFC 9700 §4.12'),
  oauth(30, 'No redirect leads where it was not registered, however it is written.', 'RFC 9700 §4.11'),
  oauth(31, 'Pages of the sign-in cannot be framed.', 'RFC 9700 §4.16'),
  oauth(32, 'Errors have their status and tell nothing of our insides.', 'RFC 6749 §5.2'),
  oauth(33, 'The metadata names the exact issuer and only what is served.', 'RFC 8414'),
  oauth(34, 'Refresh tokens cannot be guessed, and their end is not moved by rotation.', 'RFC 9700 §4.14'),
  oauth(35, 'A spent refresh token, used again, ends the family.', 'RFC 9700 §4.14.2'),
  oauth(36, 'Within the grace the parent gets the same child; a grandparent ends the family.', 'RFC 9700 §4.14.2'),
  oauth(37, 'Fifty refreshes at once get one and the same child.', 'RFC 9700 §4.14.2'),
  oauth(38, 'Reuse is decided in one statement, also between two processes.', 'RFC 9700 §4.14.2'),
  oauth(
    39,
    'A client refreshes once for all its callers.',
    'RFC 9700 §4.14',
    'So does the command line; the client library for browsers is not part of this repository yet.',
  ),
  oauth(40, 'A refresh looks at person and membership again.', 'RFC 9700 §4.14'),
  oauth(41, 'Access tokens carry what resource servers need and last fifteen minutes.', 'RFC 9068'),
  oauth(42, 'Introspection tells nothing of dead tokens.', 'RFC 7662', NO_INTROSPECTION),
  oauth(
    43,
    'Revocation ends the family and tells nothing of unknown tokens.',
    'RFC 7009',
    'Sign-out revokes; a token revocation endpoint of its own is not offered.',
  ),
  oauth(44, 'Sign-out, deactivation and removal end refresh and access at once.', 'ASVS 7.4'),
  oauth(45, 'Pushed authorization requests.', 'RFC 9126', NO_DPOP),
  oauth(46, 'Proof of possession.', 'RFC 9449', NO_DPOP),
  oauth(47, 'Answers of a provider that must be refused are refused.', 'OpenID RP conformance'),
  oauth(48, 'Answers of a provider that must be accepted are accepted.', 'OpenID RP conformance'),
  oauth(49, 'Every claim removed, retyped or doubled is refused without a fault.', 'RFC 8725'),
  oauth(50, 'Two minutes before to two minutes after each edge, times are judged alike.', 'RFC 7519'),

  asvs(1, 'The rules are a table that is generated and compared.', 'V8.1.1'),
  asvs(2, 'Every route refuses each lower role and nobody.', 'V8.2.1, API5'),
  asvs(3, 'Ids of another workspace are answered like unknown ones.', 'V8.2.2, API1'),
  asvs(4, 'Only declared members go in and out.', 'V8.2.3, API3'),
  asvs(5, 'Conditions of a decision are looked at again each time.', 'V8.2.4', LATER_ROLES),
  asvs(6, 'Decisions are made on the server.', 'V8.3.1'),
  asvs(7, 'A change counts at once here and within a second elsewhere.', 'V8.3.2'),
  asvs(8, 'A service never stands in for the person.', 'V8.3.3'),
  asvs(9, 'What one workspace does never changes what another is answered.', 'V8.4.1'),
  asvs(
    10,
    'Sensitive changes ask again who is there.',
    'V8.4.2',
    'There is no second factor of our own; the identity provider owns it.',
  ),
  asvs(11, 'An unsigned or changed token is refused before its content is used.', 'V9.1.1'),
  asvs(12, 'Algorithms are listed; none in any spelling is not among them.', 'V9.1.2'),
  asvs(13, 'Keys named inside a token are ignored.', 'V9.1.3'),
  asvs(14, 'Not before and not after their times.', 'V9.2.1'),
  asvs(15, 'Every kind of token is refused where another is asked for.', 'V9.2.2'),
  asvs(16, 'An audience belongs to one service.', 'V9.2.3–9.2.4'),
  asvs(17, 'Code, state, nonce and PKCE belong to one browser.', 'V10.1.1–10.1.2'),
  asvs(18, 'Forged and mixed-up callbacks are refused.', 'V10.2.1–10.2.2'),
  asvs(19, 'What a token names is honoured.', 'V10.3.1–10.3.4'),
  asvs(20, 'Sender-constrained tokens.', 'V10.3.5', NO_DPOP),
  asvs(21, 'Exact redirects, codes once, no implicit flow, rotation, PKCE.', 'V10.4.1–10.4.6'),
  asvs(22, 'Refresh ends for good; a person sees and ends sessions.', 'V10.4.8–10.4.9'),
  asvs(23, 'Confidential clients prove who they are.', 'V10.4.10'),
  asvs(24, 'Nonce, subject, issuer and audience of a provider are checked.', 'V10.5.1–10.5.4'),
  asvs(
    25,
    'Back-channel sign-out.',
    'V10.5.5',
    'Not offered: short lives and live standing bound what a provider-side sign-out leaves.',
  ),
  asvs(26, 'The same subject at two providers is two people.', 'V6.8.1'),
  asvs(27, 'Strength of the sign-in.', 'V6.8.4', 'No decision depends on the strength of a sign-in.'),
  asvs(28, 'Reference tokens are 128 random bits or more.', 'V7.2.3'),
  asvs(29, 'Sessions end without use, and in any case.', 'V7.3.1–7.3.2'),
  asvs(30, 'Sign-out and deactivation end all tokens.', 'V7.4.1–7.4.2'),
  asvs(31, 'An administrator ends the sessions of a person.', 'V7.4.5'),
  asvs(32, 'Cookies are bound to the host and hidden from scripts.', 'V3.3.1–3.3.4'),
  asvs(33, 'Headers that protect browsers, and no credentials for unknown origins.', 'V3.4.1–3.4.8'),
  asvs(34, 'Changes need a content type or a header that a foreign page cannot send.', 'V3.5.1–3.5.3'),
  asvs(35, 'Redirects lead to listed places.', 'V3.7.2'),
  asvs(36, 'Content types have a charset; unknown methods are 405.', 'V4.1.1, V4.1.4'),
  asvs(37, 'Forwarded headers are believed from trusted proxies only.', 'V4.1.3'),
  asvs(38, 'Conflicting lengths are refused.', 'V4.2.1'),
  asvs(39, 'SQL is parameterised.', 'V1.2.4'),
  asvs(40, 'Nothing is evaluated.', 'V1.3.2'),
  asvs(41, 'Addresses we fetch are configured and lead to no private network.', 'V1.3.6, API7'),
  asvs(42, 'Everything is validated; changes of several rows are whole or not at all.', 'V2.2.1, V2.3.3'),
  asvs(43, 'Limits per service, person and address, with Retry-After.', 'V2.4.1, API4, API6'),
  asvs(
    44,
    'Dear requests starve no others.',
    'V15.1.3',
    'Searches over custom roles and relations, the dear requests, are not part of this service yet.',
  ),
  asvs(45, '__proto__ and its like are plain data.', 'V15.3.5–15.3.6'),
  asvs(46, 'Repeated query parameters are refused.', 'V15.3.7'),
  asvs(47, 'Of two owners who remove each other one stays.', 'V15.4.2'),
  asvs(48, 'Secrets are compared in constant time.', 'V11.2.4'),
  asvs(49, 'Keys rotate without an outage.', 'V11.6.1, V13.3.4'),
  asvs(50, 'Services have credentials of their own that can be short-lived.', 'V13.2.1'),
  asvs(51, 'No secret stands in logs, addresses or errors.', 'V13.3.1, V14.2.1'),
  asvs(
    52,
    'Nothing for debugging is served.',
    'V13.4.2, V13.4.5',
    'The API reference and document are part of the product and tell nothing that the source does not.',
  ),
  asvs(53, 'Answers with tokens and decisions are not stored.', 'V14.3.2'),
  asvs(54, 'Logs say when, who and what, and never the secret.', 'V16.2.1–16.2.5'),
  asvs(55, 'Sign-ins and refusals are recorded.', 'V16.3.1–16.3.3'),
  asvs(56, 'No id can forge a line of a log.', 'V16.4.1–16.4.2'),
  asvs(57, 'What fails, fails closed.', 'V16.5.1–16.5.4'),
  asvs(58, 'Credential endpoints slow down guessing.', 'API2'),
  asvs(59, 'An empty configuration lets nobody in.', 'API8'),
  asvs(60, 'What is served is what is documented and tested.', 'API9'),
  asvs(61, 'Answers of providers are checked by shape, size and time.', 'API10'),
];
