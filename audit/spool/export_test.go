package spool

// Inline prepares segments in the committer, so that the operations on the file
// system come in one order.
func Inline(o Options) Options {
	o.inline = true
	return o
}

// RetryAfter is how long a failed disk is left alone.
const RetryAfter = retryAfter
