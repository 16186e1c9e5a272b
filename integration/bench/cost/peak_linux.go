package cost

import (
	"os"
	"syscall"
)

// peak is the most memory that one process of those had, which Linux counts in KiB (getrusage(2)).
func peak(s *os.ProcessState) int64 {
	if u, ok := s.SysUsage().(*syscall.Rusage); ok {
		return int64(u.Maxrss) << 10
	}
	return 0
}
