//go:build !unix

package outfile

import (
	"errors"
	"io/fs"
	"os"
)

// isOurs is true: the folder is only removed if the system lets its files be removed.
func isOurs(fs.FileInfo) bool { return true }

// keepOwner does nothing: a new file belongs to the owner of its folder here.
func keepOwner(*os.File, fs.FileInfo) {}

// Open fails: there are no paths for descriptors here.
func (d Descriptor) Open() (*os.File, error) { return nil, errors.ErrUnsupported }
