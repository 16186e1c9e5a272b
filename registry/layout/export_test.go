package layout

import "time"

// SetLockWait changes how long another writer is waited for.
func (r *Repository) SetLockWait(d time.Duration) { r.lockWait = d }
