// Package telling writes the policy book as one file to print, to send or to keep: as HTML,
// or as Markdown.
//
//	page   what is told, in blocks: headings, texts, lists, tables
//	html   writes blocks as one page that needs nothing else: no script, no address, no picture
//	markdown   writes the same blocks as CommonMark with GitHub's tables
//
// Both say the same words under the same headings. What the policies say is text, whatever it
// holds: no sign of it is taken for HTML or Markdown, and what cannot be seen or turns the
// direction of writing is written out (package legible). The same policies give the same file,
// byte for byte: no date is in it, and nothing of this machine.
//
// Nothing here keeps anything; all may be used by many goroutines at once.
package telling
