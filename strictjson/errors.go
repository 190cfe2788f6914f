package strictjson

import "errors"

// Why a text is refused. These are returned as they are, not wrapped; where a text
// breaks the rule in several ways, which of them is told is not promised.
var (
	ErrSyntax    = errors.New("not JSON as in RFC 8259")
	ErrNotUTF8   = errors.New("not UTF-8")
	ErrMark      = errors.New("begins with a byte order mark")
	ErrNotObject = errors.New("not an object")
	ErrTwice     = errors.New("a name stands twice in one object")
	ErrCase      = errors.New("two names in one object differ in case alone")
	ErrNoName    = errors.New("an empty name")
	ErrHalf      = errors.New("half of a surrogate pair")
	ErrDepth     = errors.New("too many objects and arrays within each other")
	ErrMembers   = errors.New("too many members in one object")
	ErrNull      = errors.New("a null in an object")
	ErrEmpty     = errors.New("an empty string, object or array")
	ErrNotPlain  = errors.New("a control character, or one that stands for a lost character")
	ErrTooLong   = errors.New("longer than 2 GiB")
)
