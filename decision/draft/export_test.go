package draft

// Parse reads the file of a draft.
var Parse = parse
