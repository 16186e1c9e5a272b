package remote

// Secrets are the secrets of a run. Whoever prints what a session says hides them.
type Secrets interface {
	// Add makes known what opens a registry, and AddIssued the tokens that a server issued.
	Add(user string, secrets ...string)
	AddIssued(tokens ...string)
	// HideString hides secrets in a text that is cut afterwards.
	HideString(text string) string
}

// noSecrets forgets everything.
type noSecrets struct{}

func (noSecrets) Add(string, ...string)         {}
func (noSecrets) AddIssued(...string)           {}
func (noSecrets) HideString(text string) string { return text }

// A mask makes the secrets of a host known.
type mask struct{ secrets Secrets }

func newMask(s Secrets) *mask {
	if s == nil {
		s = noSecrets{}
	}
	return &mask{s}
}

// add makes secrets known that are sent to the registry.
func (m *mask) add(user string, secrets ...string) { m.secrets.Add(user, secrets...) }

// issued makes known what a server has answered.
func (m *mask) issued(tokens ...string) { m.secrets.AddIssued(tokens...) }

// hide is for words of a registry that are cut afterwards: a secret that is cut is hard to find.
func (m *mask) hide(text string) string { return m.secrets.HideString(text) }
