"""What stands at the head of a Typst document: page, letters, and how formulas are broken."""

from __future__ import annotations

STYLE = r"""
#set page(
  paper: "a4",
  margin: (x: 22mm, top: 20mm, bottom: 24mm),
  numbering: "1 / 1",
)
#set text(
  font: ("New Computer Modern", "Libertinus Serif", "DejaVu Sans Mono"),
  size: 10.5pt,
  lang: "en",
)
#set par(justify: false, leading: 0.6em, spacing: 0.9em)
#set heading(numbering: none)
#show heading.where(level: 1): set text(size: 14pt)
#show heading.where(level: 1): set block(above: 1.9em, below: 0.9em)
#show heading.where(level: 2): set text(size: 11.5pt)
#show heading.where(level: 2): set block(above: 1.5em, below: 0.8em)
#set table(
  stroke: (x, y) => if y == 0 { (bottom: 0.7pt) } else { (bottom: 0.3pt + luma(75%)) },
  inset: (x: 5pt, y: 4.5pt),
)
#show table.cell.where(y: 0): strong
#show math.equation: set text(font: "New Computer Modern Math")
#show math.equation.where(block: true): set align(left)
#show math.equation.where(block: true): set block(breakable: true)

// What is as wide as the line at most: smaller if it has to be.
#let fitted(body) = layout(space => {
  let wide = measure(body).width
  if wide <= space.width { body } else {
    let factor = space.width / wide * 100%
    scale(x: factor, y: factor, origin: top + left, reflow: true, body)
  }
})

// A formula on its own, with its number at the right; it stays with what follows if `tied`.
#let formula(body, number: none, tied: false) = block(
  width: 100%,
  inset: (left: 17pt),
  above: 0.9em,
  below: 0.9em,
  sticky: tied,
  if number == none { body } else {
    grid(
      columns: (1fr, auto),
      column-gutter: 1em,
      align: (left + horizon, right + horizon),
      body, [(#number)],
    )
  },
)
#let equation(body, ..options) = formula(fitted(body), ..options)

// A long equation: its left side with the sign, and the parts between which lines may end.
#let broken(head, ..parts) = formula(..parts.named(), layout(space => {
  let shown(body) = math.equation(block: true, body)
  let width(body) = measure(shown(body)).width
  let start = width(head.body)
  let hanging = if start < 0.3 * space.width { start } else { 2em }
  let lines = ()
  let line = head.body
  let empty = true
  for part in parts.pos() {
    let longer = line + part.body
    let room = if lines.len() == 0 { space.width } else { space.width - hanging }
    if width(longer) <= room or (empty and lines.len() > 0) {
      line = longer
      empty = false
    } else {
      lines.push(line)
      line = math.class("normal", []) + part.body // so that a sign is not one of its own
      empty = false
    }
  }
  lines.push(line)
  for (place, line) in lines.enumerate() {
    block(
      inset: (left: if place == 0 { 0pt } else { hanging }),
      above: 0.7em,
      below: 0.7em,
      sticky: place == 0,
      fitted(shown(line)),
    )
  }
}))

// What is said of a step: small, and indented like its formula.
#let said(body, tied: true) = block(
  inset: (left: 17pt),
  above: 0.7em,
  below: 0.7em,
  sticky: tied,
  text(size: 9.5pt, fill: luma(25%), body),
)

// Source, in letters that are so small that its lines fit.
#show raw: set text(font: "DejaVu Sans Mono", size: 8.4pt)
#show raw.where(block: true): body => block(
  width: 100%,
  inset: (left: 17pt),
  above: 9pt,
  below: 9pt,
  layout(space => {
    let wide = measure(body).width
    let factor = calc.clamp(space.width / wide, 0.65, 1)
    set text(size: factor * 8.4pt)
    set par(leading: 0.5em)
    body
  }),
)

// A step, which starts with what it is.
#let step(body) = block(above: 1.6em, below: 0.7em, sticky: true, strong(body))

// Numbers as a picture: a row of digits each, 0 for the smallest number and 9 for the largest.
#let heat(..rows) = block(breakable: false, grid(
  columns: rows.pos().first().len() * (7pt,),
  rows: 7pt,
  ..rows.pos().join().clusters().map(digit => rect(
    width: 100%,
    height: 100%,
    stroke: 0.2pt + luma(80%),
    fill: luma(100% - int(digit) * 10%),
  )),
))
"""
