// Package attack drives a running broker or FHIR gateway over the network with
// requests that try to get round it, and judges what comes back. It is a black box:
// it knows nothing of the broker's code, and works with any product that shows one
// patient's record and not another's.
//
// A Profile says what is attacked. Cases are data, in cases/*.yaml. Run gives a
// Result for each: held, got through, or not applicable, with the reason.
//
// # What is always judged
//
// No answer may hold a marker that is not for whoever asks. Markers are texts of the
// profile: those of patient A (whom the professional permitted may see), of patient B
// (whom nobody here may see), and further sets: withheld (parts of A's record that are
// shown to nobody here), partly (parts that are not shown to the professional partly),
// internal (addresses and names of what lies behind). To permitted, all but A and
// partly are forbidden, to partly all but A; to stranger and to nobody (who sends no
// token) all are. A marker that the case itself has sent proves nothing and is left out.
//
// # The form of a case
//
//	cases:
//	  - id: 045-reverse-chain        # the number in docs/attacks.md, then words
//	    title: A reverse chain asks about what is not shown
//	    reason: >-                   # why it is an attack, in plain English
//	      The number of answers tells whether the patient has such a result.
//	    source: FHIR R4 3.1.1.5.4; hapi-fhir #6065
//	    each: {code: code=HIV, value: value-quantity=gt5}   # a case of each: 045-reverse-chain-code, ...
//	    steps:
//	      - control: true            # an honest request: if it fails, the case is not applicable
//	        send: GET Patient/{A.id}
//	        want: {status: ["200"], holds: [A]}
//	      - as: permitted            # or partly, stranger, nobody, another of the profile; default permitted
//	        send: "GET Patient?_id={A.id}&_has:Observation:patient:{each}"
//	        want: {status: ["4xx"], outcome: true}
//
// A step sends one request and judges its answer; the first that is not as wanted
// ends the case. Its parts:
//
//	send      method and target. The target is put after the base and a slash, byte for
//	          byte ("/Patient/x" gives "//Patient/x"; "." is the base itself; "?x" follows it
//	          without a slash), or is a whole address of the profile's own hosts:
//	          "GET {site}/readyz", "GET {kept.next}", "GET {bases.hostile}/Patient/1".
//	headers   a list of "Name: value". Authorization, if it is among them, replaces the token's.
//	form      a body sent as application/x-www-form-urlencoded
//	body      a body sent as application/fhir+json, unless headers say otherwise
//	raw       instead of send: the bytes themselves. Each line ends with CR LF; \n at its end
//	          makes it a bare LF, \x00 is a byte. All answers are read and judged.
//	token     a forged token: {from, header, set, remove, first, again, sign}; see Forgery
//	keep      {name: link.next | header.ETag | /json/pointer}, for {kept.name} in later steps;
//	          without it in the answer, the steps that use it are not applicable
//	optional  true: left out when a kept value that it uses is not there
//	always    true: sent even when the case has ended before, to take back what was changed
//	name      for same_as of a later step
//	want      what is expected:
//	  status      a list of "200", "4xx" or "closed" (the connection ends without an answer)
//	  allow       sets of markers that this answer may hold after all
//	  holds       sets (one marker at least) or texts that must be there
//	  without     texts that must not be there, though they were sent
//	  headers     {Name: text that the header holds};  no_headers: [names]
//	  outcome     true: a refusal is an OperationOutcome
//	  absent      JSON pointers that lead to nothing, as [/total]
//	  only        types that entries may be of (OperationOutcome always may)
//	  entries     at most so many entries;  at_least: at least so many
//	  own_links   true: links and fullUrls lie under the base
//	  same_as     the name of an earlier step whose answer this one must look like, but for
//	              ids, instants and what was asked for;  same: [status, headers, body]
//	  answers, closed   of raw: so many answers at most; the connection is closed
//
// # Names in braces
//
// {A.id}, {A.nhs}, {A.Observation}: a patient's id, number, and the id of one resource of
// this type ({A.one}: of {type}); likewise of B and any other patient of the profile. {type} a type of which
// both have something. {system} the system of the NHS number. {base}, {base.path}, {site},
// {site.host}, {bases.name}. {token.permitted}: somebody's token. {vars.name}: of the
// profile. {kept.name}: of an answer before. {time.+1h}, {time.-5m}: an instant.
// {none}: an id that nothing has. {random}. {fill.1000}: a text of this length.
// {nested.1000}: JSON nested so deeply. {each}: this variant's value. Behind a name may
// stand |percent (each byte encoded), |query, |hexlen (its length, for chunks), |json, |upper, |lower.
//
// A case that names what the profile does not have is not applicable, and says so: so
// cases for what only some products have need no further condition.
package attack
