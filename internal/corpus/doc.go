// Package corpus runs the broker's filter over what others have published, which
// nobody here made to fit it. It has no code of its own, and nothing of the corpus:
// its test reads ../shared/corpus beside a checkout, and skips where there is none.
package corpus
