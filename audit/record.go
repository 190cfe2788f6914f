package audit

import (
	"encoding/json"
	"time"
)

// SchemaVersion is the version of Record. Fields are added, never renamed.
const SchemaVersion = 1

// Outcome is how a request ended.
type Outcome string

// The outcomes.
const (
	Released   Outcome = "released"   // an answer left, whole or cut
	Refused    Outcome = "refused"    // the rules, or the form of the request, said no
	Failed     Outcome = "failed"     // something did not work: the source, the policies, a fact
	Incomplete Outcome = "incomplete" // the source died in the middle; nothing was released
)

// Record is the audit record of one request: written once, at its end, before
// the first byte leaves. It is one flat document and holds no record content.
type Record struct {
	Schema   int       `json:"schema"`
	ID       string    `json:"id"` // UUIDv7
	Broker   string    `json:"broker"`
	Sequence uint64    `json:"sequence,omitempty"` // given by the journal
	TimeIn   time.Time `json:"time_in"`
	TimeOut  time.Time `json:"time_out"` // when the record was written
	TraceID  string    `json:"trace_id,omitempty"`
	// Correlation are the ids that the caller gave its request, each with its header:
	// "X-Request-ID: 60e0b220-…" (package correlation); without NHS numbers.
	Correlation []string `json:"correlation,omitempty"`
	// Salt is 128 random bits in base64url, given by the journal: a hash of the document
	// tells nothing to somebody who guesses at the rest of it.
	Salt string `json:"salt,omitempty"`

	Outcome  Outcome  `json:"outcome"`
	Status   int      `json:"status"`
	Effect   string   `json:"effect,omitempty"` // empty when no decision was reached
	Reasons  []string `json:"reasons"`
	Rules    []string `json:"rules,omitempty"`
	Revision string   `json:"policy_revision,omitempty"`
	Digest   string   `json:"policy_digest,omitempty"`
	// Own is the digest of the own rules of the organisation that holds the record, where they were asked.
	Own   string `json:"own_policy_digest,omitempty"`
	Alert bool   `json:"alert,omitempty"`

	UserID      string `json:"user_id,omitempty"`
	UserName    string `json:"user_name,omitempty"`
	RoleCode    string `json:"role_code,omitempty"`
	RoleName    string `json:"role_name,omitempty"`
	UserOrg     string `json:"user_org,omitempty"`
	UserOrgName string `json:"user_org_name,omitempty"`
	Client      string `json:"client,omitempty"`
	TokenID     string `json:"token_id,omitempty"`
	SessionID   string `json:"session_id,omitempty"` // the token's sid: one sign-in at the issuer
	Issuer      string `json:"issuer,omitempty"`
	Assurance   string `json:"assurance,omitempty"`
	Purpose     string `json:"purpose,omitempty"`
	ClientIP    string `json:"client_ip,omitempty"`
	UserAgent   string `json:"user_agent,omitempty"`
	// Via is who said that ClientIP and UserAgent are the person's, under a key that this
	// broker believes (package vouch), and ViaIP where that program's own request came
	// from. Empty when the two are of the request itself.
	Via          string `json:"via,omitempty"`
	ViaIP        string `json:"via_ip,omitempty"`
	PatientHMAC  string `json:"patient_hmac,omitempty"`  // hex HMAC-SHA-256 under the deployment's key
	PatientShown string `json:"patient_shown,omitempty"` // encrypted ("enc2:...") or masked
	PatientEpoch string `json:"patient_epoch,omitempty"` // of the keys, by Epoch.ID; none: from before epochs

	Source    string `json:"source"`
	SourceOrg string `json:"source_org"`

	Action       string `json:"action,omitempty"`
	Interaction  string `json:"interaction,omitempty"` // empty when the request was not understood
	ResourceType string `json:"resource_type,omitempty"`
	Query        string `json:"query,omitempty"` // canonical, without what names the patient

	Categories map[string]int `json:"released_categories,omitempty"`
	Types      map[string]int `json:"released_types,omitempty"`
	Resources  []string       `json:"released_resources,omitempty"` // "Observation/123/_history/1"
	Withheld   map[string]int `json:"withheld,omitempty"`           // reason → count
	// Causes says which elements of the source's entries are why something was not
	// shown, or was shown in part: "not-understood Observation.subject" → count.
	// They are for the source to mend; what a rule withholds has none.
	Causes map[string]int `json:"causes,omitempty"`
	// DocumentType, DocumentBytes and DocumentDigest say what a document was that was
	// opened: its content type, its length, and the SHA-256 of its bytes, in hex. The
	// resource that points to it is the one in Resources.
	DocumentType   string `json:"document_type,omitempty"`
	DocumentBytes  int64  `json:"document_bytes,omitempty"`
	DocumentDigest string `json:"document_sha256,omitempty"`

	SourceStatus  int   `json:"source_status,omitempty"`
	BytesReceived int64 `json:"bytes_received"`
	BytesReleased int64 `json:"bytes_released"`

	Permission      string `json:"permission_id,omitempty"`
	Relationship    string `json:"relationship_id,omitempty"`
	Order           string `json:"order_id,omitempty"`
	Emergency       string `json:"emergency_id,omitempty"`
	EmergencyReason string `json:"emergency_reason,omitempty"`
	// PurposeWords is what the patient was asked for, as the professional wrote it who
	// recorded the answer; without NHS numbers. It stands in the record of the answer, and of
	// each view that rests on it.
	PurposeWords string `json:"purpose_words,omitempty"`
	OptOut       string `json:"opt_out_id,omitempty"`

	// Input is the question and the facts as the policies saw them, so that the
	// decision can be made again.
	Input json.RawMessage `json:"input,omitempty"`

	// Spent is the time in each step, in microseconds.
	Spent Spent `json:"spent_us"`

	// Erased says that details of the record were erased later; nil of all others.
	Erased *Erased `json:"erased,omitempty"`
}

// Spent is the time that a request spent in each step, in microseconds.
type Spent struct {
	Parse  int64 `json:"parse"`
	Token  int64 `json:"token"`
	Gather int64 `json:"gather"`
	Decide int64 `json:"decide"`
	Fetch  int64 `json:"fetch"`
	Filter int64 `json:"filter"`
}
