"""What a candidate prepares for and what questions look for, in texts of the usual size: for the user-day."""

FORMAT = "first a recruiter for half an hour, then system design with a panel of three, 45 minutes"
# What a good answer shows: lines as long as those of the bank are on average.
LINES = (
    "how it was noticed, and how soon",
    "own steps in the first half hour",
    "why this and not simply more machines",
    "what changed afterwards, with a figure",
)
