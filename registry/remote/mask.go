package remote

// Secrets collects the secrets of a run, so that the output can hide them.
type Secrets interface {
	// Add adds the secrets of a user, AddIssued the tokens that a server issued.
	Add(user string, secrets ...string)
	AddIssued(tokens ...string)
	// HideString hides secrets in a text that is cut afterwards.
	HideString(text string) string
}

// noSecrets collects nothing.
type noSecrets struct{}

func (noSecrets) Add(string, ...string)         {}
func (noSecrets) AddIssued(...string)           {}
func (noSecrets) HideString(text string) string { return text }

// A mask collects the secrets of a host.
type mask struct{ secrets Secrets }

func newMask(s Secrets) *mask {
	if s == nil {
		s = noSecrets{}
	}
	return &mask{s}
}

// add adds secrets that are sent to the registry.
func (m *mask) add(user string, secrets ...string) { m.secrets.Add(user, secrets...) }

// issued adds tokens that a server issued.
func (m *mask) issued(tokens ...string) { m.secrets.AddIssued(tokens...) }

// hide hides secrets in a text before the text is cut, because a cut secret is hard to find.
func (m *mask) hide(text string) string { return m.secrets.HideString(text) }
