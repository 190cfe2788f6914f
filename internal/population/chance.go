package population

// What is drawn for one thing must not decide another: each has a salt of its own.
const (
	saltRelationships uint64 = iota + 1
	saltPermissions
	saltPractice
	saltPatient
	saltRelationship
	saltPermission
	saltOptOut
	saltNational
)

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood 2014): one draw for each number.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// draw gives 64 bits for the k-th thing of a kind that patient i has.
func draw(i, k int, salt uint64) uint64 { return mix(uint64(i)<<16 ^ uint64(k)<<5 ^ salt) }

// dice hands out the bits of a draw, some for each question.
type dice uint64

// below gives 0 to n-1; n is at most 1000, and a draw is good for four.
func (d *dice) below(n int) int {
	part := int(*d & 0xffff)
	*d >>= 16
	return part * n >> 16
}
