package archive

// SetFree changes how many bytes may be of any ratio.
func (r *Repository) SetFree(n int64) { r.free = n }
