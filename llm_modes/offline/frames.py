"""Question frames: what is asked when the bank has nothing fresh. `{s}` is a subject, `{f}` a focus area."""

# By level. For the bank's subjects: things and situations, such as "a slow query" or "an angry customer".
SITUATION_FRAMES: dict[str, list[str]] = {
    "easy": [
        "Tell me about a time you had to deal with {s}. What did you do, step by step?",
        "Tomorrow you have to deal with {s}. What do you do first?",
        "What do people usually get wrong about {s}?",
        "A new colleague asks you about {s}. What do you tell them in one minute?",
        "What is your first question when it comes to {s}, and why that one?",
        "How do you prepare for {s}?",
        "What do you keep an eye on when it comes to {s}?",
        "How do you know that you have handled {s} well?",
        "Your manager wants to hear about {s} in two sentences. What do you say?",
        "What helped you most when you first had to deal with {s}?",
        "Which part of dealing with {s} do you like, and which do you put off?",
        "When did you last think: that was {s} as it should go? What made it so?",
    ],
    "medium": [
        "Tell me about {s} that did not end as you had planned. What did you change afterwards?",
        "Which rule of thumb do you use for {s}, and when does it fail?",
        "Describe two ways to deal with {s}. When would you choose which?",
        "You have ten minutes and nobody to ask. How do you deal with {s}?",
        "Think of {s}. Who is affected, and whom do you tell first?",
        "What did you learn about {s} the hard way?",
        "Two colleagues disagree about {s} and ask you to decide. What do you ask them?",
        "What would you check a week after you have dealt with {s}?",
        "What makes {s} harder than it needs to be, and what do you do against that?",
        "Which part of dealing with {s} would you hand over, and which never?",
        "How much effort does {s} deserve, and how do you decide when to stop?",
        "Someone more senior would deal with {s} quite differently. How do you talk about it?",
        "Walk me through {s} from first sign to follow-up, with the moment where you had to decide.",
        "You have dealt with {s}, and it comes back a month later. What do you do differently?",
    ],
    "hard": [
        "Tell me about the worst case of {s} you remember. What would you do today?",
        "Suppose {s} goes badly although you did everything right. What do you say, and to whom?",
        "Where do good people in your field disagree about {s}, and where do you stand?",
        "You get one day a month to do something about {s}. How do you use it, and how do you show that it paid off?",
        "Defend a decision about {s} that others would call wrong.",
        "What do you still find difficult about {s}, honestly, and how do you work in spite of it?",
        "It is {s} again, and this time everyone is watching. What do you do differently?",
        "Two people you depend on want opposite things when it comes to {s}. Walk me through your talk with each.",
        "What would have to be true for you to do nothing at all about {s}?",
        "Tell me how {s} once cost money, time or trust. How much, and what stops it from happening again?",
        "You inherit {s} from someone who has left, in a bad state. What happens in your first two weeks?",
        "Turn the usual advice on {s} round: when would you do the opposite?",
    ],
}

# For a field of knowledge or a skill in the candidate's own words, such as "contract law".
FIELD_FRAMES: dict[str, list[str]] = {
    "easy": [
        "Explain the most important idea in {s} to someone who is new to it.",
        "Which part of {s} do you know best? Show it with an example.",
        "Walk me through the last piece of work for which you needed {s}.",
        "Which three terms of {s} does everyone in this job have to know? Explain one of them.",
        "What do beginners in {s} usually get wrong?",
        "How did you learn what you know about {s}, and what would you learn first today?",
        "When does {s} come up in an ordinary week of this job?",
        "How do you keep up with {s}?",
        "Tell me about a question on {s} you could answer for a colleague.",
        "What do you look up about {s}, and what do you know by heart?",
        "In two sentences: why does {s} matter for this role?",
        "Which tool, book or person has helped you most with {s}, and how?",
    ],
    "medium": [
        "Tell me about a decision of yours that rested on {s}. How did it turn out?",
        "Take a real problem from your work in which {s} helps. How do you go about it?",
        "Which part of {s} would you rather not be asked about? Tell me what you do know of it.",
        "Tell me about a mistake in {s}, yours or one you saw. How was it put right?",
        "How would you find out in ten minutes whether someone really knows {s}?",
        "Describe two approaches within {s}. When would you choose which?",
        "What has changed in {s} lately, and what did it mean for your work?",
        "Explain something from {s} to a person who has to pay for it and does not want the details.",
        "Someone contradicts you on a point of {s}. How do you find out who is right?",
        "What goes wrong when people apply {s} by the book?",
        "Which figure would show that you have become better at {s}?",
        "You have half a day to brush up on {s} before a meeting. What do you do with it?",
        "Tell me about feedback you got on {s}, and what you did with it.",
    ],
    "hard": [
        "What do experts in {s} disagree about, and where do you stand?",
        "Tell me about the hardest problem in {s} you have faced. Where did you get stuck?",
        "When is {s} the wrong answer, although everybody asks for it?",
        "Where does your knowledge of {s} end, and how do you work safely beyond that point?",
        "Convince me in two minutes to invest in {s}. I think we can do without.",
        "You are the only one who sees a risk that has to do with {s}. How do you make others see it?",
        "What would you do differently about {s} if you were responsible for the whole team?",
        "Which belief about {s} have you given up, and what convinced you?",
        "You have to teach {s} to a group that does not want to learn it. What is your first hour?",
        "A job goes wrong because of {s}, and you had signed it off. What do you say?",
        "Which question on {s} would you ask me to find out whether I know it?",
    ],
}

# Put behind a frame once all frames of a subject are used.
TWISTS = [
    "Choose one example from the last year.",
    "Use at least one figure.",
    "Begin with the outcome.",
    "Name who was hardest to convince.",
    "Say what it cost.",
    "Leave out what others did.",
    "You have ninety seconds.",
    "Say what you would do differently today.",
    "Use no jargon.",
    "Name one alternative you rejected.",
    "Say how you would know that it worked.",
    "Say what happens in the first hour.",
    "Tell it from the other side as well.",
    "Name the biggest risk.",
    "End with what you take from it.",
    "Say what you would ask, word for word.",
]

# By the parts of the craft of answering (craft.py).
CRAFT_FRAMES = {
    "numbers": [
        "Tell me about something you improved in {s}. Give the figure before and after.",
        "Which figure best describes your work on {s}, and how did you arrive at it?",
        "Describe a piece of work on {s} in numbers: how many, how long, how much better.",
    ],
    "outcome": [
        "Tell me about a time {s} mattered. Begin with how it ended.",
        "What was different a month after you dealt with {s}? Name the result first.",
        "Think of {s} in your last job: what came out of it, and who noticed the result?",
    ],
    "own part": [
        'Tell me about {s}, and use no sentence with "we". What exactly did you do?',
        "Which three steps in {s} were yours alone? Take me through them.",
        "If you had been away that week, what about {s} would not have happened?",
    ],
    "structure": [
        "Tell me about {s} in four parts: situation, task, your steps, result. Two minutes.",
        "Summarise your experience with {s} in one sentence, then give three supporting points.",
        "What are the three things to know about {s}? Number them as you speak.",
    ],
    "reflection": [
        "What did {s} teach you that you used again later? Name both occasions.",
        "What would you do differently about {s} today, and what made you change your mind?",
        "Which habit of yours comes from something that went wrong with {s}?",
    ],
    "specifics": [
        "Tell me about one single day on which {s} was difficult: where, who, what was said?",
        "Choose one concrete case of {s} and describe it so that I could draw it.",
        "Name the person, the place and the moment when {s} went best for you.",
    ],
    "example": [
        "Choose one example of {s} from your own work. What did you do, and how did it end?",
        "Which example from the last years shows best how you deal with {s}?",
        "Give me one example of {s}: where it was, who was there, and what your part was.",
    ],
    "trade-offs": [
        "Name two ways to go about {s}, what each one costs, and which you would choose.",
        "What did you give up the last time you decided something about {s}?",
        "When is the usual way of handling {s} the wrong one?",
    ],
    "reasons": [
        'Explain why you handle {s} the way you do. Use "because" at least twice.',
        "What would change your mind about how to handle {s}?",
        "Take one decision about {s} and give me the reason behind the reason.",
    ],
}

FOCUS_FRAMES = [
    "In {s}, how do you deal with {f}? Give one real example.",
    "Tell me about a time {f} made the difference in {s}.",
    "What would you do first about {f} in {s}, and how would you know it worked?",
    "Explain {f} to a colleague who is new to {s}.",
    "What is hardest about {f} when it comes to {s}, and how do you handle it?",
    "Where has {f} gone wrong for you in {s}, and what did you change?",
]
