"""Words that would run, load or link to something if anybody took them for more than words."""

# Where a payload that works sends its request. No page of ours has this path.
TRAP = "/xss-trap/"
# Single words, so that a field of three words holds three of them.
PAYLOADS = (
    "<script>window.__xss='script'</script>",
    "<img/src=x/onerror=window.__xss='img'>",
    "<svg/onload=window.__xss='svg'>",
    "\"/onfocus=window.__xss='double'/autofocus/x=\"",
    "'/onfocus=window.__xss='single'/autofocus/x='",
    "</textarea><script>window.__xss='textarea'</script>",
    "</script><script>window.__xss='after-script'</script>",
    "</title><script>window.__xss='title'</script>",
    "<!--><script>window.__xss='comment'</script>-->",
    "[link](javascript:window.__xss='markdown')",
    "[link](jav&#x09;ascript:window.__xss='tab')",
    "[link](&#106;avascript:window.__xss='entity')",
    "<javascript:window.__xss='autolink'>",
    "[link](data:text/html,<script>parent.__xss='data'</script>)",
    f"![picture]({TRAP}markdown.png)",
    f'<div/hx-get="{TRAP}htmx"/hx-trigger="load"></div>',
    f"<iframe/srcdoc=\"<script>parent.__xss='frame'</script>\"/src={TRAP}frame></iframe>",
    f"<link/rel=stylesheet/href={TRAP}style.css>",
    "<a/href=\"javascript:window.__xss='link'\">a</a>",
    "{{7*7}}{%debug%}",
)
ALL = " ".join(PAYLOADS)
# For what holds a hundred characters.
SHORT = "\"'><img/src=x/onerror=window.__xss='short'>{{7*7}}"

# Whatever in a page could have come of them; [] when nothing has.
WHAT_CAME_OF_THEM = """() => {
  const found = window.__xss ? [`ran: ${window.__xss}`] : [];
  // Never three letters alone: a form's token, which hx-headers carries, is random letters.
  const words = /__xss|xss-trap|srcdoc/;
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || (/^hx-/.test(name) && words.test(value)) || name === "srcdoc") {
        found.push(`${element.tagName} ${name}=${value}`);
      }
    }
    const target = element.href?.baseVal ?? element.href ?? element.action ?? element.src;
    if (typeof target === "string" && /^(javascript|data|vbscript|file):/i.test(target)) found.push(target);
  }
  for (const script of document.scripts) if (!script.src && script.type !== "application/json") found.push(script.text);
  for (const frame of document.querySelectorAll("iframe, object, embed")) found.push(frame.outerHTML);
  return found;
}"""
