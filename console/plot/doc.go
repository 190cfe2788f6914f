// Package plot draws pictures of numbers as SVG that stands in a page: columns beside
// each other, a grid of cells, a bar.
//
//   - They need no script, and no style but that of their classes (mcr-plot…): colours,
//     fonts and widths are the style sheet's. Places along are in percent, so that a
//     picture takes the width that there is and its text stays as large as it is.
//   - Each part leads to where its number comes from. Those links are for a pointer: a
//     picture is hidden from a screen reader and left out by the tab key, since a list or
//     a table with the same numbers and links stands beside it. Whoever places one sees
//     to that.
//
// What is given is text and addresses: it is escaped here, and an address that is none
// of http, https or mailto, or of the page's own site, leads nowhere (html/template).
package plot
