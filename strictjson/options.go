package strictjson

// The bounds of the rule. What one object may hold is bounded since its names are
// compared with each other.
const (
	Deepest = 64  // objects and arrays within each other
	Widest  = 256 // members of one object
)

// Options make the rule narrower. The zero Options are the rule itself.
type Options struct {
	Depth         int  // objects and arrays within each other; 0, and more than it, mean Deepest
	Members       int  // members of one object; 0, and more than it, mean Widest
	NullsInArrays bool // null stands as an element of an array alone, as in FHIR (R4 §2.6.2)
	NoEmpty       bool // no empty string, object or array, as in FHIR (R4 §2.6.2)
	Plain         bool // no control characters in names and strings, and no U+FFFD, which stands for what was lost
}

// The options of each reader stand here together, so that one sees where they
// differ, and why.
var (
	// Claims is for tokens, key sets and revocation lists. A token's payload must be
	// read before it is known who wrote it: its bounds are close. Claims that nobody
	// reads may be null or empty.
	Claims = Options{Depth: 16, Members: 128}

	// Consent is for the body of a Consent, which is understood as a whole or refused:
	// whatever is odd about it could limit what the patient agreed to (attack 114).
	Consent = Options{Depth: 12, Members: 128, NullsInArrays: true, NoEmpty: true, Plain: true}

	// Import is for resources that an operator imports into the registry. Real systems
	// write empty strings and lists for what they do not have; most of a resource is
	// not read.
	Import = Options{Depth: 32, NullsInArrays: true}

	// Answers is for what brokers and clients send to the collector: the rule itself.
	// Resources are shown as their source wrote them, nulls included.
	Answers = Options{}
)

func (o Options) bounded() Options {
	if o.Depth <= 0 || o.Depth > Deepest {
		o.Depth = Deepest
	}
	if o.Members <= 0 || o.Members > Widest {
		o.Members = Widest
	}
	return o
}
