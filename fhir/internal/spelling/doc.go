// Package spelling knows what is written otherwise and means the same: signs that are not
// seen or in full width, escapes, the addresses of code systems, and codes in the notation
// of their system. Codes are compared in the forms that it gives; what leaves stays as it came.
//
// It decides nothing, and allocates only where a buffer that it is given is too short.
package spelling
