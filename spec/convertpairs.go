package spec

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"gopkg.in/yaml.v3"

	"github.com/manifest-tool/manifest-tool/internal/excerpt"
)

// A pairLine is a line of the copies: a source and its target, or a comment.
type pairLine struct {
	source, target string
	comment        string
	with           pairOptions
}

// pairOptions are options of copy that count for all lines of a file.
type pairOptions struct {
	platforms string
	referrers bool
	unlike    string // what no option can express: the copy is a comment
}

// flags are the options as they are given to copy.
func (o pairOptions) flags() (flags string) {
	if o.platforms != "" {
		flags += " --platforms " + o.platforms
	}
	if o.referrers {
		flags += " --referrers"
	}
	return flags
}

// pair adds a copy. The node is the source, for its place. A copy that cannot be written is a fault of the file, except
// where copies have no words for it.
func (c *converter) pair(n *yaml.Node, source, target string, with pairOptions) {
	from, to, ok := c.names(n, source, target)
	if !ok {
		return
	}
	from = from.WithDefaultTag()
	if from.Digest == (v1.Hash{}) {
		to = to.WithDefaultTag()
	}
	if _, _, err := FromCopy(Copy{Source: from.String(), Targets: []string{to.String()}}, Options{}); err != nil {
		c.comment(n, source, target, strings.ReplaceAll(err.Error(), "\n", "; "))
		return
	}
	if with.unlike != "" {
		c.unlike(n, from, to, with)
		return
	}
	if line, again := c.targets[to]; again {
		c.lost(n, "%s is the target of line %d, too: only one image can have the tag", to, line)
	}
	c.targets[to] = n.Line
	c.add(pairLine{source: from.String(), target: to.String(), with: with})
}

// unlike adds a copy that would be another one than the file means, as a comment. The setting has its note already.
func (c *converter) unlike(n *yaml.Node, source, target Reference, with pairOptions) {
	c.add(pairLine{comment: fmt.Sprintf("line %d: %s %s: %s", n.Line, source, target, with.unlike)})
}

// names parses the names of a copy. Those with a template or a space have no place in the copies.
func (c *converter) names(n *yaml.Node, source, target string) (from, to Reference, ok bool) {
	switch names := source + target; {
	case strings.Contains(names, "{{"):
		c.comment(n, source, target, "templates are not rendered: write the names in full")
		return from, to, false
	case strings.ContainsFunc(names, unicode.IsSpace):
		c.comment(n, source, target, "the name has a space")
		return from, to, false
	}
	from, err := ParseReference(source)
	c.wrong(n, err)
	to, targetErr := ParseReference(target)
	c.wrong(n, targetErr)
	return from, to, err == nil && targetErr == nil
}

// comment adds a copy that cannot be expressed as a comment, with the reason.
func (c *converter) comment(n *yaml.Node, source, target, reason string) {
	c.lost(n, "%s: %s", inComment(excerpt.Of(source)), inComment(reason))
	c.add(pairLine{comment: fmt.Sprintf("line %d: %s %s: %s", n.Line, source, target, reason)})
}

// tags adds a copy of a repository, of which a command copies some tags.
func (c *converter) tags(n *yaml.Node, source, target, which, filter string, with pairOptions) {
	from, to, ok := c.names(n, source, target)
	if !ok {
		return
	}
	if with.unlike != "" {
		c.unlike(n, from, to, with)
		return
	}
	command := fmt.Sprintf("manifest-tool copy --all-tags%s%s%s %s %s", filter, with.flags(), c.connection(), shellWord(from.String()), shellWord(to.String()))
	c.lost(n, "%s: %s: copies have a line for each tag; use %s", excerpt.Of(source), which, command)
	c.add(pairLine{comment: fmt.Sprintf("line %d: %s: %s", n.Line, which, command)})
}

// add adds a line.
func (c *converter) add(line pairLine) {
	if c.lines = append(c.lines, line); c.isFull() {
		c.problem(nil, "more than %d copies", maxFindings)
	}
}

// isFull reports whether there are so many lines that nothing more has to be read.
func (c *converter) isFull() bool {
	return len(c.lines) >= maxFindings || len(c.problems) >= maxProblems
}

// shared are the options of the command that copies the list: none if a copy needs none, else those of the first copy.
// The copies that need others are comments.
func (c *converter) shared() (shared pairOptions) {
	for _, line := range c.lines {
		switch {
		case line.source == "":
		case line.with == pairOptions{}:
			return pairOptions{}
		case shared == pairOptions{}:
			shared = line.with
		}
	}
	return shared
}

// checkShared reports the copies that need other options than the list.
func (c *converter) checkShared() {
	shared, all, others := c.shared(), 0, 0
	for _, line := range c.lines {
		if line.source == "" {
			continue
		}
		if all++; line.with != shared {
			others++
		}
	}
	if others > 0 {
		c.lost(nil, "%d of the %d copies need flags that the others must not have: they are comments at the end of the list, with the command for them", others, all)
	}
}

// text writes the copies. Those that need other options than the list are comments behind it.
func (c *converter) text(file string, from Format) []byte {
	var b strings.Builder
	shared := c.shared()
	var others []pairOptions
	apart := map[pairOptions][]pairLine{}
	fmt.Fprintf(&b, "# the copies of %s (%s), made by manifest-tool spec convert\n", inComment(file), from)
	fmt.Fprintf(&b, "# %s\n", inComment(c.pairsCommand(shared)))
	for _, line := range c.lines {
		switch {
		case line.source == "":
			fmt.Fprintf(&b, "# %s\n", inComment(line.comment))
		case line.with == shared:
			fmt.Fprintf(&b, "%s %s\n", line.source, line.target)
		default:
			if apart[line.with] == nil {
				others = append(others, line.with)
			}
			apart[line.with] = append(apart[line.with], line)
		}
	}
	for _, with := range others {
		mark := inComment("# " + strings.TrimSpace(with.flags()) + ": ")
		fmt.Fprintf(&b, "# put the lines below, without %q, into a file of their own, and run %s\n", mark, inComment(c.pairsCommand(with)))
		for _, line := range apart[with] {
			fmt.Fprintf(&b, "%s%s %s\n", mark, line.source, line.target)
		}
	}
	return []byte(b.String())
}

// pairsCommand is the command that copies a list.
func (c *converter) pairsCommand(with pairOptions) string {
	return "manifest-tool copy --pairs FILE" + with.flags() + c.connection()
}

// hostFlags are the flags that take hosts, by the setting tls in regsync.
var hostFlags = map[string]string{"disabled": "plain-http-registry", "insecure": "insecure-registry"}

// connection are the flags for the hosts that do not have https with a valid certificate.
func (c *converter) connection() (flags string) {
	for _, tls := range slices.Sorted(maps.Keys(c.hosts)) {
		flags += fmt.Sprintf(" --%s %s", hostFlags[tls], strings.Join(c.hosts[tls], ","))
	}
	return flags
}

// inComment keeps a text on its line.
func inComment(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}

// shellWord quotes a word of a command that a user may copy into a shell: paths have any characters.
func shellWord(word string) string {
	isPlain := func(r rune) bool {
		return r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._/:@%+=,-", r))
	}
	if strings.IndexFunc(word, func(r rune) bool { return !isPlain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
