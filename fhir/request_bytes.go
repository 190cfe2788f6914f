package fhir

// byteClass is a set of the kinds of text that a byte may stand in.
type byteClass uint8

const (
	unreservedByte byteClass = 1 << iota // RFC 3986 §2.3
	codeByte
	systemByte
	nameByte // of a search parameter
	idByte
	plainByte // is written as it is in a query that the broker builds
	tokenByte // base64url
)

// byteClasses is the one place that says which bytes are let in where.
var byteClasses = func() (table [256]byteClass) {
	put := func(class byteClass, bytes string) {
		const alnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
		for _, c := range []byte(alnum + bytes) {
			table[c] |= class
		}
	}
	put(tokenByte, "-_")
	put(idByte, "-.")
	put(nameByte, "_-.:")
	put(unreservedByte, "-._~")
	put(plainByte, "-._~:/,")
	put(codeByte, "-._:/+^#")
	put(systemByte, "-._~:/?#@+=&")
	return table
}()

func consistsOf(s string, class byteClass) bool {
	for i := range len(s) {
		if byteClasses[s[i]]&class == 0 {
			return false
		}
	}
	return true
}
