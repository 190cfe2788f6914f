package spool

import "errors"

// What can go wrong, for errors.Is.
var (
	// ErrFull says that there is no room within MaxBytes, or that less than
	// MinFreeBytes would be left. Nothing was lost; the spool takes entries
	// again as soon as segments are deleted or space is found.
	ErrFull = errors.New("the spool is full")
	// ErrFailed says that the disk failed. The entry may or may not be there
	// after a restart: it was never acknowledged.
	ErrFailed = errors.New("the spool cannot be written")
	// ErrClosed says that the spool was closed.
	ErrClosed = errors.New("the spool is closed")
	// ErrLocked says that another Open holds the directory.
	ErrLocked = errors.New("the spool is in use by another process")
	// ErrUncertain says that the caller's context ended while the entry was
	// being written: it may become durable, or not.
	ErrUncertain = errors.New("the outcome is not known")
	// ErrSize says that a payload is empty, or longer than MaxPayload.
	ErrSize = errors.New("the payload is empty or too large")
	// ErrDamaged says that what was read back is not what was written.
	ErrDamaged = errors.New("the spool is damaged")
)
