package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/mitchellh/go-wordwrap"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/newenv"
)

// form asks one question after the other. What is typed is judged with Enter, or when
// the typing pauses: judging takes longer than a key of text that is pasted.
type form struct {
	draft     *newenv.Draft
	questions []*newenv.Question // that are asked
	at        int
	width     int // of the terminal
	input     textinput.Model
	note      string // what would be warned of
	err       error  // what is wrong with the answer
	tried     bool   // Enter was pressed, so that an empty answer is no beginning any more
	judged    bool   // note and err are of what the input has now
	changes   int    // of the input, so far
	ended     bool
	aborted   bool
}

// pause is how long nothing is typed before an answer is judged.
const pause = 150 * time.Millisecond

// paused says that nothing was typed since a change.
type paused int

// ask asks for what was not given.
func ask(d *newenv.Draft) error {
	f := &form{draft: d, width: 80}
	for i := range d.Questions {
		if q := &d.Questions[i]; !d.Answered(q) {
			f.questions = append(f.questions, q)
		}
	}
	if len(f.questions) == 0 {
		return nil
	}
	f.next()
	if _, err := tea.NewProgram(f, tea.WithInput(os.Stdin), tea.WithOutput(os.Stdout)).Run(); err != nil && !f.aborted {
		return err
	}
	if f.aborted || !f.ended {
		return errInterrupted
	}
	return nil
}

// next shows the question at f.at, or the next one that is to be asked.
func (f *form) next() {
	for f.at < len(f.questions) && !f.draft.Asked(f.questions[f.at]) {
		f.at++
	}
	if f.ended = f.at == len(f.questions); f.ended {
		return
	}
	f.input = textinput.New()
	f.input.Prompt = ""
	styles := f.input.Styles()
	styles.Cursor.Blink = false // what reads the terminal, a screen reader or a script, waits for it to be still
	f.input.SetStyles(styles)
	f.fit()
	f.input.Focus()
	f.note, f.err, f.tried, f.judged = "", nil, false, false
	f.changes++ // what was typed before is not judged any more
}

// fit gives the input the rest of its line.
func (f *form) fit() { f.input.SetWidth(max(20, f.width-len([]rune(f.prompt()))-2)) }

// prompt is the setting, with what Enter takes.
func (f *form) prompt() string {
	q := f.question()
	if d := f.draft.Suggested(q); d != "" && !f.long(d) {
		return fmt.Sprintf("%s [%s]: ", q.Setting, d)
	}
	return q.Setting + ": "
}

// long says whether a default has a line of its own.
func (f *form) long(suggested string) bool { return len([]rune(suggested)) > f.width/2 }

// say wraps a text, with a mark in front.
func (f *form) say(b *strings.Builder, mark, text string) {
	for i, line := range strings.Split(wordwrap.WrapString(text, uint(max(20, f.width-6))), "\n") {
		if i > 0 {
			mark = " "
		}
		fmt.Fprintf(b, "  %s %s\n", mark, line)
	}
}

func (f *form) question() *newenv.Question { return f.questions[f.at] }

// answer is what Enter takes.
func (f *form) answer() string {
	if v := strings.TrimSpace(f.input.Value()); v != "" {
		return v
	}
	return f.draft.Suggested(f.question())
}

func (f *form) judge() {
	f.note, f.err, f.judged = "", nil, true
	if f.input.Value() != "" || f.tried {
		f.note, f.err = f.draft.Try(f.question(), f.answer())
	}
}

func (f *form) Init() tea.Cmd { return nil }

func (f *form) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if size, ok := msg.(tea.WindowSizeMsg); ok && !f.ended {
		f.width = size.Width
		f.fit()
	}
	if change, is := msg.(paused); is {
		if int(change) == f.changes && !f.judged && !f.ended {
			f.judge()
		}
		return f, nil
	}
	key, pressed := msg.(tea.KeyPressMsg)
	switch {
	case pressed && (key.String() == "ctrl+c" || key.String() == "ctrl+d"):
		f.aborted = true
		return f, tea.Quit
	case pressed && key.String() == "up" && f.at > 0:
		f.at--
		for f.at > 0 && !f.draft.Asked(f.question()) {
			f.at--
		}
		f.next()
		return f, nil
	case pressed && key.String() == "enter":
		f.tried = true
		if f.judge(); f.err != nil {
			return f, nil
		}
		f.draft.Answer(f.question(), f.answer())
		f.at++
		if f.next(); f.ended {
			return f, tea.Quit
		}
		return f, nil
	}
	before := f.input.Value()
	var cmd tea.Cmd
	f.input, cmd = f.input.Update(msg)
	if f.input.Value() != before {
		f.tried, f.judged = false, false
		f.note, f.err = "", nil
		f.changes++
		change := paused(f.changes)
		cmd = tea.Batch(cmd, tea.Tick(pause, func(time.Time) tea.Msg { return change }))
	}
	return f, cmd
}

func (f *form) View() tea.View {
	var b strings.Builder
	fmt.Fprintf(&b, "A new stack, %s, with the preset %s. Enter accepts the value in brackets,\n↑ goes back, Ctrl-C ends without writing the file.\n\n", f.draft.Stack, f.draft.Preset)
	for _, q := range f.questions[:f.at] {
		if f.draft.Asked(q) {
			fmt.Fprintf(&b, "  %s: %s\n", q.Setting, f.draft.Shown(q))
		}
	}
	if f.ended || f.aborted {
		return tea.NewView(b.String())
	}
	fmt.Fprintf(&b, "\n%s\n", wordwrap.WrapString(f.question().Ask, uint(f.width-2)))
	if d := f.draft.Suggested(f.question()); f.long(d) {
		fmt.Fprintf(&b, "  [%s]\n", d)
	}
	fmt.Fprintf(&b, "%s%s\n", f.prompt(), f.input.View())
	switch {
	case f.err != nil:
		f.say(&b, "✗", f.err.Error())
	case f.note != "":
		f.say(&b, "!", f.note)
	case f.input.Value() != "" && f.judged:
		b.WriteString("  ✓\n")
	default:
		b.WriteString("\n")
	}
	return tea.NewView(b.String())
}
