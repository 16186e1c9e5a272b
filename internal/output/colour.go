package output

// The colours of words, as numbers of SGR (ECMA-48, 8.3.117).
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	dim    = "2"
)

// UseColour lets the words of warnings, errors and hints have colours, if stderr is a terminal, and differences, if
// stdout is a terminal. NO_COLOR (https://no-color.org) and TERM=dumb switch that off. Other results have no colours.
func (p *Printer) UseColour(getenv func(string) string) {
	allowed := getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
	p.colour = allowed && p.IsInteractive()
	p.colourResult = allowed && isTerminal(p.stdout.to)
}

// coloured gives a text a colour.
func (p *Printer) coloured(colour, text string) string {
	if !p.colour {
		return text
	}
	return sgr(colour, text)
}

func sgr(colour, text string) string { return "\x1b[" + colour + "m" + text + "\x1b[0m" }
