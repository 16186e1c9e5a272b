package output

// The colours of words on stderr, as numbers of SGR (ECMA-48, 8.3.117).
const (
	red    = "31"
	yellow = "33"
	dim    = "2"
)

// UseColour lets the words of warnings, errors and hints have colours, if stderr is a terminal. NO_COLOR
// (https://no-color.org) and TERM=dumb switch that off. Results have no colours.
func (p *Printer) UseColour(getenv func(string) string) {
	p.colour = p.IsInteractive() && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
}

// coloured gives a text a colour.
func (p *Printer) coloured(colour, text string) string {
	if !p.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}
